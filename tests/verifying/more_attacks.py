# ruff: noqa: ARG001, F821 - a part of what an example is made of, behind sandbox/attacks.py
"""What the example of a card may try beside the attacks on a sandbox: cardkit's own places."""

import subprocess


@attack
def read_environment(at):
    return [value for value in os.environ.values() if "planted" in value]


@attack
def read_netrc(at):
    return Path(at.home, ".netrc").read_text()


@attack
def read_git_credentials(at):
    return Path(at.home, ".git-credentials").read_text()


@attack
def read_key(at):
    return os.open(f"{at.home}/.ssh/id_ed25519", os.O_RDONLY) >= 0


@attack
def ask_the_hub_s_library(at):
    import huggingface_hub

    return huggingface_hub.get_token()


@attack
def read_environment_of_parent(at):
    return b"planted" in Path(f"/proc/{os.getppid()}/environ").read_bytes()


@attack
def read_by_another_program(at):
    done = subprocess.run(["/bin/cat", f"{at.home}/diary.txt"], capture_output=True, check=False)
    return b"planted" in done.stdout


@attack
def connect_by_another_program(at):
    code = f"import socket; socket.create_connection(('127.0.0.1', {at.port})).send(b'{at.said}')"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@attack
def list_temporary_folder(at):
    return os.listdir(at.tmp)


@attack
def change_registry(at):
    return Path(at.registry, "model.yaml").write_text("mine")


@attack
def write_report(at):
    return Path(at.registry, "reports", "cpu.json").write_text("mine")


@attack
def change_loaded_model(at):
    return Path(MODEL, "config.json").write_text("mine")


@attack
def add_to_loaded_model(at):
    return Path(MODEL, "more.json").write_text("mine")


@attack
def write_beside_its_folder(at):
    return Path("..", "stdout").write_text("mine")


@attack
def change_cardkit(at):
    import cardkit

    return Path(cardkit.__file__).with_name("mine.py").write_text("mine")
