"""Small models with random weights, in Hugging Face layout, for tests that need a real model but no sense in it."""

from pathlib import Path
from typing import Literal

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

Family = Literal["gpt2", "llama"]

TEMPLATE = (
    "{%- for message in messages -%}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}"
)


def write_toy_model(folder: Path, family: Family, *, context_window: int = 256, seed: int = 0) -> Path:
    """Writes a model of a few thousand parameters whose greedy answers vary with the prompt.

    The tokenizer knows the 256 bytes and a few merges. The Llama toy has a chat template, the GPT-2 toy has none.
    """
    special = ["<|end|>", "<|pad|>", "<|system|>", "<|user|>", "<|assistant|>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(["the cat sat on the mat and the dog ran to the shop"] * 4, trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|end|>",
        pad_token="<|pad|>",
        chat_template=TEMPLATE if family == "llama" else None,
    )
    torch.manual_seed(seed)
    ends = {"bos_token_id": None, "eos_token_id": 0, "pad_token_id": 1}
    # Weights far from zero: with the usual tiny ones every prompt would get the same answer.
    if family == "gpt2":
        config = GPT2Config(
            vocab_size=300, n_embd=32, n_layer=2, n_head=2, n_positions=context_window, initializer_range=0.4, **ends
        )
        model = GPT2LMHeadModel(config)
    else:
        config = LlamaConfig(
            vocab_size=300,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=context_window,
            initializer_range=0.4,
            tie_word_embeddings=True,
            **ends,
        )
        model = LlamaForCausalLM(config)
    # The end token scores zero at every place, so a greedy answer as good as never ends by itself.
    with torch.no_grad():
        model.get_input_embeddings().weight[wrapped.eos_token_id] = 0
    model.save_pretrained(folder)
    wrapped.save_pretrained(folder)
    return folder
