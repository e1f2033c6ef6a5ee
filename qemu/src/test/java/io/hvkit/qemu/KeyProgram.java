package io.hvkit.qemu;

import io.hvkit.core.Secret;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * A process that is to be killed while it uses a key, which comes on its standard input. Its arguments: how the key travels, and
 * a folder with what that needs.
 */
final class KeyProgram {

    private KeyProgram() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[1]);
        PrintStream answer = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try (Secret key = Secret.copyOfRandom(System.in.readAllBytes())) {
            switch (KeyTransport.valueOf(arguments[0])) {
                case STDIN -> CryptSetup.probe(tools(folder, "cryptsetup")).unlocks(folder.resolve("first"), key);
                case WRAPPED ->
                    QemuImg.probe(CommandRunner.local(), folder.resolve("qemu-img"))
                            .compare(
                                    Image.luks(folder.resolve("first")).unlockedBy(key),
                                    Image.luks(folder.resolve("second")).unlockedBy(key));
                case MEMFD -> hold(KeyFile.of(key), answer);
                case TMPFS_FILE -> hold(KeyFile.in(folder, key), answer);
                case DISK_FILE -> hold(KeyFile.onDiskAtOwnRisk(folder, key), answer);
            }
        }
    }

    /** Runs a program's stand-in that never comes back. */
    private static CommandRunner tools(Path folder, String program) {
        CommandRunner local = CommandRunner.local();
        return command -> {
            if (!command.argv().contains("--test-passphrase")) {
                return local.run(command);
            }
            Command standIn = Command.of(folder.resolve(program).toString(), "--test-passphrase")
                    .feeding(command.input().orElseThrow());
            return local.run(standIn);
        };
    }

    private static void hold(KeyFile file, PrintStream answer) throws InterruptedException {
        try (file) {
            answer.println(file.path());
            new CountDownLatch(1).await();
        }
    }
}
