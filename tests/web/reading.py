"""A page read as a screen reader would: what has no name, no label or no order is a fault."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
LABELLED = {"input", "select", "textarea"}


class Node:
    def __init__(self, tag, attrs, parent):
        self.tag, self.attrs, self.parent, self.children, self.text = tag, dict(attrs), parent, [], ""

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def words(self):
        own = self.attrs.get("aria-label", "") or self.text
        return (own + "".join(child.words() for child in self.children)).strip()

    def within(self, tag):
        here = self.parent
        while here is not None:
            if here.tag == tag:
                return here
            here = here.parent
        return None


class Reader(HTMLParser):
    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.root = self.here = Node("document", [], None)
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        node = Node(tag, attrs, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag, attrs):
        self.here.children.append(Node(tag, attrs, self.here))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if self.here.tag != tag:
            raise AssertionError(f"</{tag}> closes <{self.here.tag} {self.here.attrs}>")
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.text += data


def faults(html):
    """Every fault of a whole page, as sentences."""
    root = Reader(html).root
    nodes = list(root.walk())
    return [*_frame(nodes), *_names(nodes), *_headings(nodes), *_policy(nodes), *_tables(nodes)]


def _frame(nodes):
    html = next(node for node in nodes if node.tag == "html")
    if html.attrs.get("lang") not in {"fr", "en"}:
        yield "the page does not say its language"
    for tag, count in (("main", 1), ("h1", 1), ("title", 1)):
        found = sum(node.tag == tag for node in nodes)
        if found != count:
            yield f"{found} <{tag}>"
    ids = [node.attrs["id"] for node in nodes if "id" in node.attrs]
    yield from (f"id {id_} stands twice" for id_ in {id_ for id_ in ids if ids.count(id_) > 1})
    navs = [node.attrs.get("aria-label") for node in nodes if node.tag == "nav"]
    if len(set(navs)) != len(navs) or None in navs:
        yield f"navigations without a name of their own: {navs}"


def _names(nodes):
    labels = {node.attrs.get("for") for node in nodes if node.tag == "label" and node.words()}
    known = {node.attrs["id"] for node in nodes if "id" in node.attrs}
    for node in nodes:
        named = node.attrs.get("aria-label") or node.attrs.get("id") in labels or node.within("label")
        if node.tag in LABELLED and node.attrs.get("type") not in {"hidden", "submit"} and not named:
            yield f"<{node.tag} {node.attrs}> has no label"
        if node.tag in {"a", "button", "summary"} and not node.words():
            yield f"<{node.tag} {node.attrs}> has no words"
        if node.tag == "img" and "alt" not in node.attrs:
            yield f"image without words: {node.attrs}"
        if node.tag == "svg" and not (
            node.attrs.get("aria-hidden") or node.attrs.get("aria-label") or node.within("svg")
        ):
            yield f"drawing without words: {node.attrs}"
        for name in ("aria-describedby", "aria-labelledby", "aria-controls", "for"):
            for target in (node.attrs.get(name) or "").split():
                if target not in known:
                    yield f"{name}={target} leads nowhere"


def _headings(nodes):
    level = 0
    for node in nodes:
        if node.tag in {"h1", "h2", "h3", "h4"} and not node.within("nav"):
            if int(node.tag[1]) > level + 1:
                yield f"<{node.tag}> {node.words()!r} after h{level}"
            level = int(node.tag[1])


def _policy(nodes):
    for node in nodes:
        for name in node.attrs:
            if name == "style" or name.startswith("on"):
                yield f"<{node.tag} {name}=…> breaks the policy"
        if node.tag == "style" or (
            node.tag == "script" and "src" not in node.attrs and node.attrs.get("type") != "application/json"
        ):
            yield f"inline <{node.tag}>"


def _tables(nodes):
    for node in nodes:
        if node.tag == "table" and not any(child.tag == "th" and child.attrs.get("scope") for child in node.walk()):
            yield "a table without headers"
