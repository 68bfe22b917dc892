"""«Données de connexion»: kept as long as the law orders, given to whoever may ask, erased on their day."""
