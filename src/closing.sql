-- ---- closing: run last, at install and at every update -------------------------

RESET search_path;
