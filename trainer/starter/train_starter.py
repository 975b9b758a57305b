"""Makes the starter model from nothing: text, tokenizer, weights. `python -m starter.train_starter`.

A plain pre-training loop on packed text. It is separate from the tuning engine, which never starts from random weights.
"""

import argparse
import math
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from starter.corpus import Example, examples, plain_text
from starter.tokenizer import CONTEXT_WINDOW, train_tokenizer

STARTER_FOLDER = Path(__file__).parent
CORPUS_SEED, VALIDATION_SEED = 1, 2
TOKENIZER_EXAMPLES = 40_000


@dataclass(frozen=True)
class Recipe:
    """Settings of the pre-training run."""

    tokens: int
    tokens_per_step: int = 4096
    row_length: int = 256
    long_rows_from: float = 0.9
    """Share of the run after which rows fill the whole context window, so that far positions are learned too."""
    matrix_learning_rate: float = 0.02
    other_learning_rate: float = 3e-3
    warmup_steps: int = 30
    seed: int = 1
    precision: torch.dtype = torch.bfloat16

    @property
    def steps(self) -> int:
        return max(1, self.tokens // self.tokens_per_step)


def new_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A small Llama with random weights that fits the tokenizer."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=CONTEXT_WINDOW,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def encode(tokenizer: PreTrainedTokenizerFast, example: Example) -> list[int]:
    """Tokens of one example, closed by the end token."""
    if "messages" in example:
        text = tokenizer.apply_chat_template(example["messages"], tokenize=False)
        return list(tokenizer.encode(text, add_special_tokens=False))
    return [*tokenizer.encode(plain_text(example), add_special_tokens=False), tokenizer.eos_token_id]


def token_stream(tokenizer: PreTrainedTokenizerFast, seed: int) -> Iterator[int]:
    """The tokens of one example after the other."""
    for example in examples(seed):
        yield from encode(tokenizer, example)


def next_rows(stream: Iterator[int], rows: int, length: int) -> torch.Tensor:
    """Cuts `rows` rows of `length` tokens off the stream."""
    return torch.tensor(list(islice(stream, rows * length))).view(rows, length)


def optimizers(model: LlamaForCausalLM, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the matrices of the layers, AdamW for embeddings and norms."""
    inner = [weight for weight in model.model.layers.parameters() if weight.ndim == 2]
    inner_ids = {id(weight) for weight in inner}
    other = [weight for weight in model.parameters() if id(weight) not in inner_ids]
    return [
        torch.optim.Muon(inner, lr=recipe.matrix_learning_rate, weight_decay=0.01),
        torch.optim.AdamW(other, lr=recipe.other_learning_rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def learning_rate_factor(step: int, recipe: Recipe) -> float:
    """Linear warm-up, flat, then a cosine to a twentieth over the last half."""
    if step < recipe.warmup_steps:
        return (step + 1) / recipe.warmup_steps
    progress = max(0.0, step / recipe.steps - 0.5) / 0.5
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress))


@torch.no_grad()
def validation_loss(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> float:
    """Mean loss on text of another seed. Its facts are new, its templates are not."""
    tokens = next_rows(token_stream(tokenizer, VALIDATION_SEED), rows=64, length=256)
    model.eval()
    loss: float = model(tokens, labels=tokens).loss.item()
    model.train()
    return loss


def pretrain(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, recipe: Recipe) -> None:
    """Trains in place and prints a line every hundred steps."""
    stream = token_stream(tokenizer, CORPUS_SEED)
    steppers = optimizers(model, recipe)
    bases = [group["lr"] for stepper in steppers for group in stepper.param_groups]
    started = time.monotonic()
    for step in range(recipe.steps):
        factor = learning_rate_factor(step, recipe)
        groups = [group for stepper in steppers for group in stepper.param_groups]
        for group, base in zip(groups, bases, strict=True):
            group["lr"] = base * factor
        length = recipe.row_length if step < recipe.long_rows_from * recipe.steps else CONTEXT_WINDOW
        tokens = next_rows(stream, recipe.tokens_per_step // length, length)
        with torch.autocast("cpu", dtype=recipe.precision, enabled=recipe.precision != torch.float32):
            loss = model(tokens, labels=tokens).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for stepper in steppers:
            stepper.step()
            stepper.zero_grad()
        if step % 100 == 0 or step == recipe.steps - 1:
            speed = (step + 1) * recipe.tokens_per_step / (time.monotonic() - started)
            print(f"step {step + 1}/{recipe.steps}  loss {loss.item():.3f}  {speed:,.0f} tokens/s", flush=True)


def save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Writes the model folder in Hugging Face layout, weights in bfloat16, beside its model card."""
    staging = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(staging, ignore_errors=True)
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, max_new_tokens=256
    )
    model.to(torch.bfloat16).save_pretrained(staging)
    tokenizer.save_pretrained(staging)
    shutil.copy(STARTER_FOLDER / "MODEL_CARD.md", staging / "MODEL_CARD.md")
    shutil.rmtree(folder, ignore_errors=True)
    staging.rename(folder)


def main() -> None:
    """Makes tokenizer and model and writes them to `model/` beside this file."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=STARTER_FOLDER / "model")
    parser.add_argument("--tokens", type=int, default=9_000_000)
    parser.add_argument("--threads", type=int, default=2, help="results are equal for equal numbers of threads")
    parser.add_argument("--precision", choices=("bfloat16", "float32"), default="bfloat16")
    arguments = parser.parse_args()
    recipe = Recipe(tokens=arguments.tokens, precision=getattr(torch, arguments.precision))
    make(arguments.out, recipe, arguments.threads)


def make(folder: Path, recipe: Recipe, threads: int) -> None:
    """Makes the text, the tokenizer and the model, and writes the model's folder."""
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.seed)
    tokenizer = train_tokenizer(map(plain_text, islice(examples(CORPUS_SEED), TOKENIZER_EXAMPLES)))
    model = new_model(tokenizer)
    print(f"{model.num_parameters():,} parameters, {len(tokenizer)} tokens in the vocabulary", flush=True)
    pretrain(model, tokenizer, recipe)
    print(f"validation loss {validation_loss(model, tokenizer):.3f}")
    save(model, tokenizer, folder)


if __name__ == "__main__":
    main()
