// note
