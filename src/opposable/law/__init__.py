"""Dated law and legal time: rulebooks, bylaws over them, calendars with a printed trace. Pure, standard library."""
