"""«Système de management de la sécurité de l’information» (SMSI): ISO/IEC 27001, from the risk register to the published SoA."""
