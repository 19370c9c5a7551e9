SELECT stage,
       count(*) AS deals,
       CAST(sum(amount * exchange_rate) AS bigint) AS amount_eur,
       CAST(sum(amount * exchange_rate * probability / 100) AS bigint) AS weighted_eur
FROM {live}.deals
GROUP BY stage, probability
ORDER BY probability
