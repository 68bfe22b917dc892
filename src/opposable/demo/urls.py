"""Addresses that only a demo has."""

from django.urls import path

from opposable.demo import views

app_name = "demo"
urlpatterns = [path("mailbox/", views.mailbox, name="mailbox")]
