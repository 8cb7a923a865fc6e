"""The parts of a Python script that run each kind of model and print what it gives."""

from __future__ import annotations

SETTINGS = """
    settings = dict(GENERATION)
"""
LIMIT = """\
    if given.max_new_tokens is not None:
        settings.pop("max_length", None)
        settings["max_new_tokens"] = given.max_new_tokens
"""
ENDS = """\
    ends = settings.get("eos_token_id", model.generation_config.eos_token_id)
    ends = [] if ends is None else list(ends) if isinstance(ends, (list, tuple)) else [ends]
    texts = []
    for stop in STOP:
        ids = tokenizer.encode(stop, add_special_tokens=False)
        if len(ids) == 1 and ids[0] not in ends:
            ends += ids
        if len(ids) != 1 or ids[0] not in tokenizer.all_special_ids:
            texts.append(stop)  # it may also end inside of a token
    if ends:
        settings["eos_token_id"] = ends
    if texts:
        settings.update(stop_strings=texts, tokenizer=tokenizer)
"""
CAUSAL = """
    ids = tokenizer(text)["input_ids"]
    if ids[:2] == [tokenizer.bos_token_id] * 2:
        del ids[0]  # the prompt begins with it already
    ids = torch.tensor([ids], device=model.device)
    output = model.generate(ids, attention_mask=torch.ones_like(ids), **settings)
    for answer in tokenizer.batch_decode(output[:, ids.shape[1] :], skip_special_tokens=True):
        for stop in STOP:
            answer = answer.split(stop)[0]
        print(answer)
"""
SEQ2SEQ = """
    inputs = tokenizer(text, return_tensors="pt").to(model.device)
    output = model.generate(
        inputs["input_ids"], attention_mask=inputs["attention_mask"], **settings
    )
    for answer in tokenizer.batch_decode(output, skip_special_tokens=True):
        for stop in STOP:
            answer = answer.split(stop)[0]
        print(answer)
"""
STATES = """
    inputs = tokenizer(text, return_tensors="pt").to(model.device)
    with torch.no_grad():
        states = model(**inputs).last_hidden_state[0].float()  # tokens x numbers
"""
POOLED = """\
    if given.pooling is None:
        print(f"{len(states)} tokens x {states.shape[1]} numbers; the first token's:")
        vector = states[0]
    else:
        pooled = {"cls": states[0], "last": states[-1], "mean": states.mean(0)}
        vector = pooled[given.pooling]
        print(f"{len(vector)} numbers:")
    print(" ".join(f"{number:.6f}" for number in vector[:8].tolist()))
"""
CLASSIFICATION = """
    inputs = tokenizer(text, return_tensors="pt").to(model.device)
    with torch.no_grad():
        scores = model(**inputs).logits[0].float()
    if model.config.problem_type == "multi_label_classification":
        scores = scores.sigmoid()
    elif model.config.problem_type != "regression" and len(scores) > 1:
        scores = scores.softmax(-1)
    for i in scores.argsort(descending=True).tolist():
        print(f"{scores[i]:.4f}\\t{model.config.id2label[i]}")
"""
MASKED = """
    inputs = tokenizer(text, return_tensors="pt").to(model.device)
    masks = (inputs["input_ids"][0] == tokenizer.mask_token_id).nonzero().flatten().tolist()
    if not masks:
        sys.exit(f"TEXT has no {tokenizer.mask_token}: write it where a word is missing.")
    with torch.no_grad():
        scores = model(**inputs).logits[0].float().softmax(-1)
    for at in masks:
        best = scores[at].topk(min(5, scores.shape[-1]))
        for score, i in zip(best.values.tolist(), best.indices.tolist()):
            print(f"{score:.4f}\\t{tokenizer.decode([i])}")
"""
FIRST_STATE = """\
    print(f"{len(states)} tokens x {states.shape[1]} numbers; the first token's:")
    print(" ".join(f"{number:.6f}" for number in states[0, :8].tolist()))
"""
RUNS = {
    "causal": SETTINGS + LIMIT + ENDS + CAUSAL,
    "seq2seq": SETTINGS + LIMIT + ENDS + SEQ2SEQ,
    "embedding": STATES + POOLED,
    "classification": CLASSIFICATION,
    "masked": MASKED,
}
"""What a script does once `text`, `tokenizer`, `model` and `torch` are there, by kind; `given` are
its arguments."""
PLAIN_RUNS = {
    "causal": SETTINGS + ENDS + CAUSAL,
    "seq2seq": SETTINGS + ENDS + SEQ2SEQ,
    "embedding": STATES + FIRST_STATE,
    "classification": CLASSIFICATION,
    "masked": MASKED,
}
"""The same in a script that takes no arguments."""
