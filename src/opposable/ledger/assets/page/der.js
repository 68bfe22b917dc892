// der
