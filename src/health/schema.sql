-- ---- health: the types, still without their functions --------------------------

CREATE TYPE pulse.health;
CREATE TYPE pulse.curve;
