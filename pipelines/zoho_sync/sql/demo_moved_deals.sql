SELECT deal_name, account_name__name AS account, owner__name AS owner, stage,
       CAST(amount * exchange_rate AS bigint) AS amount_eur
FROM {live}.deals
WHERE modified_time > (SELECT max(modified_time) FROM {live}.deals) - INTERVAL '1 day'
ORDER BY amount_eur DESC
LIMIT 8
