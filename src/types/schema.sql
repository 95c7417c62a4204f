-- ---- types: shells, completed in objects_*.sql ----------------------------------

CREATE TYPE pulse.amount;
CREATE TYPE pulse.bag;
CREATE TYPE pulse.period;
