"""Addresses of the system (namespace «isms»)."""

from django.urls import path

app_name = "isms"
urlpatterns: list = []
