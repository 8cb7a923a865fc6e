-- Where a card contradicts itself, and where two cards of one model state different facts.
WITH stated AS (
  UNPIVOT (
    SELECT
      model_id,
      card,
      license_id::VARCHAR AS license_id,
      num_parameters::VARCHAR AS num_parameters,
      num_hidden_layers::VARCHAR AS num_hidden_layers,
      hidden_size::VARCHAR AS hidden_size,
      num_attention_heads::VARCHAR AS num_attention_heads,
      vocab_size::VARCHAR AS vocab_size,
      context_length::VARCHAR AS context_length
    FROM cards_once
    WHERE model_id IS NOT NULL
  ) ON COLUMNS (* EXCLUDE (model_id, card)) INTO NAME field VALUE stated
)
SELECT 'within a card' AS between_what, coalesce(m.model_id, m.model_name) AS model, p.code AS what,
  p.message AS said, [p.card] AS cards
FROM problems p
JOIN cards_once m USING (card)
WHERE p.code LIKE '%-conflict' OR p.code = 'example-model-mismatch'
UNION ALL
SELECT 'between cards', model_id, field, string_agg(DISTINCT stated, ' and ' ORDER BY stated),
  list(DISTINCT card ORDER BY card)
FROM stated
GROUP BY model_id, field
HAVING count(DISTINCT stated) > 1
