"""A knowledge base to begin with: threats and vulnerabilities in our own words, few and plain. Larger ones are imported."""

from __future__ import annotations

_THREATS = """
T-01|CIA|Vol ou perte d’un matériel|Theft or loss of equipment
T-02|CIA|Programme malveillant, rançongiciel|Malicious program, ransomware
T-03|CI|Hameçonnage, usurpation d’identité|Phishing, impersonation
T-04|CI|Intrusion par une faille connue|Intrusion through a known weakness
T-05|C|Fuite par une personne qui a le droit d’accès|Leak by somebody who has access
T-06|CIA|Droits gardés après un départ|Rights kept after leaving
T-07|A|Panne de matériel|Equipment failure
T-08|A|Coupure de courant ou de froid|Loss of power or cooling
T-09|A|Coupure du réseau|Loss of network
T-10|IA|Incendie|Fire
T-11|IA|Dégât des eaux, inondation|Water damage, flood
T-12|A|Saturation, déni de service|Saturation, denial of service
T-13|I|Erreur de saisie ou de manipulation|Input or handling error
T-14|IA|Changement mal préparé|Badly prepared change
T-15|A|Absence d’une personne indispensable|Absence of an indispensable person
T-16|CIA|Défaillance d’un fournisseur|Failure of a supplier
T-17|C|Écoute des échanges|Eavesdropping
T-18|I|Falsification de données ou de journaux|Tampering with data or logs
T-19|CI|Accès d’un visiteur aux locaux|A visitor’s access to the premises
T-20|C|Matériel jeté sans être vidé|Equipment discarded without being emptied
"""
_VULNERABILITIES = """
V-01|Disque non chiffré|Disk not encrypted
V-02|Correctifs en retard|Late patches
V-03|Mot de passe seul, sans second facteur|Password alone, no second factor
V-04|Droits jamais revus|Rights never reviewed
V-05|Compte partagé|Shared account
V-06|Sauvegarde jamais restaurée|Backup never restored
V-07|Sauvegarde reliée au réseau qu’elle protège|Backup connected to the network that it protects
V-08|Un seul exemplaire d’un matériel vital|A single copy of vital equipment
V-09|Savoir tenu par une seule personne|Knowledge held by one person
V-10|Personnel non formé|Untrained staff
V-11|Contrat sans clause de sécurité|Contract without a security clause
V-12|Service ouvert sur Internet sans besoin|Service open to the Internet without need
V-13|Réseau à plat|Flat network
V-14|Journaux absents ou modifiables|Logs missing or alterable
V-15|Horloges en désaccord|Clocks that disagree
V-16|Porte sans contrôle|Door without control
V-17|Procédure absente ou périmée|Procedure missing or outdated
V-18|Essais en production|Tests in production
V-19|Données d’essai réelles|Real data in tests
V-20|Aucune détection|No detection
V-21|Matériel hors inventaire|Equipment off the inventory
V-22|Information non classée|Unclassified information
"""


def _rows(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


THREATS: list[dict[str, str]] = [{"code": c, "affects": a, "fr": fr, "en": en} for c, a, fr, en in _rows(_THREATS)]
VULNERABILITIES: list[dict[str, str]] = [{"code": c, "fr": fr, "en": en} for c, fr, en in _rows(_VULNERABILITIES)]
