import { execFileSync, spawn } from "node:child_process";
import { chmod, copyFile, link, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { findServer } from "@vault-ts/openbao";

/**
 * A machine that has OpenBao, BusyBox and the C library, and no Node.js. It shares the network of
 * this one.
 */
export interface Sandbox extends AsyncDisposable {
  /** Its root, as this machine sees it. */
  readonly root: string;
  /** Runs a shell's command in it. A failure is an outcome as well. */
  run(command: string, options?: CommandOptions): Promise<Outcome>;
  /** Starts a command that runs until it is stopped, or the sandbox is disposed of. */
  start(command: string, options?: CommandOptions): Running;
  write(path: string, content: string): Promise<void>;
  /** Puts a file of this machine into it. */
  add(file: string, path: string): Promise<void>;
}

export interface CommandOptions {
  /** All variables but `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  /** User and group; root if absent. */
  readonly user?: number;
  /** Run as root outside of it, before the command, with its root in `$1`: mounts and limits. */
  readonly prepare?: string;
}

export interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

export interface Running {
  /** True once it has ended. */
  readonly ended: boolean;
  stop(): Promise<void>;
}

/** What the executables for glibc load. */
const LIBRARIES = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"];

/** Each command has mounts and processes of its own, which end with it. */
const ISOLATED = ["--mount", "--pid", "--fork", "--kill-child"];

/** The shell stays, as root: one that became another user would not end with `unshare`. */
const CHROOT = 'chroot --userspec="$2:$2" "$1" /bin/sh -c "$3" || exit "$?"; exit 0';

export async function newSandbox(): Promise<Sandbox> {
  const root = await mkdtemp(join(tmpdir(), "sandbox-"));
  await chmod(root, 0o755);
  const running = new Set<Running>();
  const add: Sandbox["add"] = async (file, path) => {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await link(file, target).catch(() => copyFile(file, target));
  };
  const write: Sandbox["write"] = async (path, content) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  for (const folder of ["dev", "proc", "root", "tmp", "var"]) await mkdir(join(root, folder));
  await chmod(join(root, "tmp"), 0o1777);
  await write("etc/passwd", "root:x:0:0::/root:/bin/sh\nopenbao:x:100:100::/:/bin/sh\n");
  await write("etc/group", "root:x:0:\nopenbao:x:100:\n");
  const busybox = execFileSync("/bin/sh", ["-c", "command -v busybox"], {
    encoding: "utf8",
  }).trim();
  await mkdir(join(root, "bin"));
  await copyFile(busybox, join(root, "bin/busybox"));
  execFileSync("chroot", [root, "/bin/busybox", "--install", "-s", "/bin"]);
  await add((await findServer()).path, "usr/bin/bao");
  for (const [file, path] of cLibrary()) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(file, join(root, path));
  }

  const spawnIn = (
    command: string,
    { env = {}, user = 0, prepare = "" }: CommandOptions,
    output: "pipe" | "ignore",
  ) =>
    spawn(
      "unshare",
      [
        ...ISOLATED,
        "/bin/sh",
        "-ec",
        `mount --rbind /dev "$1/dev"; mount -t proc proc "$1/proc"\n${prepare}\n${CHROOT}`,
        "sandbox",
        root,
        String(user),
        command,
      ],
      { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env }, stdio: ["ignore", output, output] },
    );
  return {
    root,
    add,
    write,
    async run(command, options = {}) {
      const child = spawnIn(`exec 2>&1\n${command}`, options, "pipe");
      const ended = new Promise<number>((resolve) =>
        child.once("close", (code) => resolve(code ?? -1)),
      );
      const output = child.stdout ? await text(child.stdout) : "";
      return { exitCode: await ended, output };
    },
    start(command, options = {}) {
      const child = spawnIn(command, options, "ignore");
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
      const started: Running = {
        get ended() {
          return child.exitCode !== null || child.signalCode !== null;
        },
        async stop() {
          child.kill("SIGKILL");
          await ended;
          running.delete(started);
        },
      };
      running.add(started);
      return started;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map((started) => started.stop()));
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The files of the C library of this machine, and where a program looks for them. */
function cLibrary(): readonly (readonly [file: string, path: string])[] {
  const cache = execFileSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" });
  const found = [...cache.matchAll(/^\s*(\S+) \(libc6,.*\) => (\S+)$/gm)];
  const loader =
    process.arch === "x64" ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux-aarch64.so.1";
  const files = LIBRARIES.flatMap(
    (name) => found.find(([, library]) => library === name)?.[2] ?? [],
  );
  return [
    [loader, loader],
    ...files.map((file) => [file, `/lib/${file.split("/").at(-1)}`] as const),
  ];
}
