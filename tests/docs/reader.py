"""Somebody who follows a page with a browser: opens addresses, clicks links and presses buttons by the words on them.

A browser without JavaScript on the standard library: what it can do, a person can do on any machine. Labels are compared as they
are read, spaces and tags aside. It speaks HTTP to a real server.
"""

import re
import urllib.error
import urllib.request
import uuid
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNSEEN = {"script", "style", "template", "svg", "head"}
TEXTS = ("input", "textarea", "select")


class Node:
    """An element: tag, attributes, children (nodes and strings), parent."""

    def __init__(self, tag, attributes, parent=None):
        self.tag, self.attributes, self.parent, self.children = tag, dict(attributes), parent, []

    def __getitem__(self, name):
        return self.attributes.get(name) or ""

    def walk(self):
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.walk()

    def all(self, *tags):
        return [node for node in self.walk() if node.tag in tags]

    def text(self):
        parts = [child if isinstance(child, str) else child.text() for child in self.children if self.tag not in UNSEEN]
        return plain(" ".join(parts))

    def inside(self, *tags):
        node = self.parent
        while node and node.tag not in tags:
            node = node.parent
        return node


class Tree(HTMLParser):
    """The tree of a page; what was left open is closed where its parent is."""

    def __init__(self, html):
        super().__init__()
        self.root = self.here = Node("", {})
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        node = Node(tag, attrs, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag):
        node = self.here
        while node.parent and node.tag != tag:
            node = node.parent
        if node.parent:
            self.here = node.parent

    def handle_data(self, data):
        self.here.children.append(data)


def plain(text):
    """Words as they are compared: one space between them, none before a sign of punctuation that only typography put there."""
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2011", "-")).strip()


class Reader:
    """One person in one browser."""

    def __init__(self, folder: Path):
        self.folder, self.url, self.root = folder, "", Node("", {})
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    # What is done

    def open(self, url):
        self._go(urllib.request.Request(urljoin(self.url, url)))

    def click(self, label):
        self.open(self._labelled(self.root.all("a"), label)["href"])

    def fill(self, label, value):
        """The first field of this label that is empty, or the first: two resolutions have each a title."""
        field = self._field(label)
        if field.tag == "textarea":
            field.children = [value]
        field.attributes["value"] = value

    def choose(self, label, option):
        """An option of a list, or a button of a group of radio buttons named by its legend."""
        for box in self.root.all("fieldset"):
            legend = next(iter(box.all("legend")), None)
            if legend and _says(legend, label):
                button = next(
                    field
                    for field in box.all("input")
                    if field["type"] == "radio" and _says(self._label_of(field), option)
                )
                for other in box.all("input"):
                    if other["name"] == button["name"]:
                        other.attributes.pop("checked", None)
                button.attributes["checked"] = "checked"
                return
        field = self._field(label)
        chosen = self._labelled(field.all("option"), option)
        for other in field.all("option"):
            other.attributes.pop("selected", None)
        chosen.attributes["selected"] = "selected"

    def tick(self, label):
        self._field(label).attributes["checked"] = "checked"

    def attach(self, label, name):
        self._field(label).attributes["file"] = str(self.folder / name)

    def press(self, label):
        button = self._labelled(self.root.all("button"), label)
        form = button.inside("form") or next(one for one in self.root.all("form") if one["id"] == button["form"])
        self._send(form, button)

    def sees(self, words):
        assert plain(words) in self.root.text(), f"«{words}» is not on {self.url}:\n{self.words()}"

    def words(self):
        body = self.root.all("main") or self.root.all("body") or [self.root]
        return body[0].text()

    # How it is found

    def _labelled(self, nodes, label):
        # What the page says, before how one leaves it.
        nodes = sorted(nodes, key=lambda node: node.inside("main") is None)
        exact = [node for node in nodes if label in {node.text(), node["aria-label"]}]
        near = [node for node in nodes if _says(node, label)]
        assert exact or near, f"nothing is called «{label}» on {self.url}; there are {[node.text() for node in nodes]}"
        return (exact or near)[0]

    def _field(self, label):
        fields = [field for field in self.root.all(*TEXTS) if field["type"] not in {"hidden", "submit"}]
        named = [field for field in fields if _says(self._label_of(field), label)]
        known = [self._label_of(field).text() for field in fields]
        assert named, f"no field is called «{label}» on {self.url}; there are {known}\n{self.words()}"
        named = [field for field in named if self._label_of(field).text() == label] or named
        return next((field for field in named if not _typed(field)), named[0])

    def _label_of(self, field):
        for label in self.root.all("label"):
            if field["id"] and label["for"] == field["id"]:
                return label
        return field.inside("label") or Node("label", {}) if not field["aria-label"] else _words(field["aria-label"])

    # How it is sent

    def _send(self, form, button):
        url, pairs = urljoin(self.url, button["formaction"] or form["action"] or self.url), list(_pairs(form))
        if button["name"]:
            pairs.append((button["name"], button["value"]))
        if (form["method"] or "get").lower() == "get":
            return self.open(f"{url.split('?')[0]}?{urlencode(pairs)}")
        data, kind = (
            _multipart(form, pairs)
            if form["enctype"]
            else (urlencode(pairs).encode(), "application/x-www-form-urlencoded")
        )
        headers = {
            "Content-Type": kind,
            "Referer": self.url,
            "Origin": "{0.scheme}://{0.netloc}".format(urlsplit(self.url)),
        }
        return self._go(urllib.request.Request(url, data, headers))

    def _go(self, request):
        try:
            with self.opener.open(request, timeout=120) as response:
                self._show(response.geturl(), response.read())
        except urllib.error.HTTPError as error:
            self._show(error.geturl(), error.read())
            assert error.code in {409, 422}, f"{error.code} at {self.url}\n{self.words()}"

    def _show(self, url, body):
        self.url = url
        self.root = Tree(body.decode("utf-8", "replace")).root


def _typed(field):
    return field["value"] or "".join(str(child) for child in field.children).strip()


def _says(node, label):
    return plain(label).lower() in node.text().lower()


def _words(text):
    node = Node("label", {})
    node.children.append(text)
    return node


def _pairs(form):
    for field in form.all(*TEXTS):
        if not field["name"] or "disabled" in field.attributes or field["type"] in {"file", "submit"}:
            continue
        if field.tag == "select":
            chosen = [one for one in field.all("option") if "selected" in one.attributes] or field.all("option")[:1]
            yield from ((field["name"], one.attributes.get("value", one.text())) for one in chosen)
        elif field["type"] in {"checkbox", "radio"}:
            if "checked" in field.attributes:
                yield field["name"], field.attributes.get("value", "on")
        elif field.tag == "textarea":
            yield field["name"], "".join(str(child) for child in field.children).lstrip("\n")
        else:
            yield field["name"], field["value"]


def _multipart(form, pairs):
    mark, lines = uuid.uuid4().hex, []
    for name, value in pairs:
        lines += [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()]
    for field in form.all("input"):
        if field["type"] == "file" and field["file"]:
            path = Path(field["file"])
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{field["name"]}"; filename="{path.name}"\r\n'
            lines += [f"{head}Content-Type: text/csv\r\n\r\n".encode(), path.read_bytes(), b"\r\n"]
    return b"".join([*lines, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"
