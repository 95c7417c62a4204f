-- ---- aging: the profile type, still without its functions ---------------------

CREATE TYPE pulse.aging_profile;
