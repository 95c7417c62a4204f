-- health.sql: how the customers are, by three facts the application holds
SELECT pulse.create_model('payer',
	dimensions => $$[
		{"name": "mean days late", "column": "mean_days_late", "curve": "linear 0:100 30:0", "weight": 3},
		{"name": "open and overdue", "column": "overdue_share", "curve": "linear 0:100 0.5:0", "weight": 2},
		{"name": "days since last invoice", "column": "quiet_days", "curve": "linear 30:100 180:0", "weight": 1}]$$,
	bands => $$[{"name": "green", "from": 70}, {"name": "yellow", "from": 40}, {"name": "red", "from": 0}]$$);
