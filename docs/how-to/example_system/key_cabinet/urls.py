"""Addresses, under /cabinet/."""

from django.urls import path

from key_cabinet import views

app_name = "cabinet"
urlpatterns = [path("", views.keys, name="keys"), path("<str:uid>/", views.key, name="key")]
