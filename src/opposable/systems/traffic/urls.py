"""Addresses of the system, under /traffic/ (namespace «traffic»)."""

from django.urls import URLPattern

app_name = "traffic"
urlpatterns: list[URLPattern] = []
