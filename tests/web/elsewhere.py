"""The addresses of a site that has none of the house's own pages, as the voting site."""

urlpatterns = []
