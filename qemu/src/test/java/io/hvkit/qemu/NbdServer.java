package io.hvkit.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A qemu-nbd that exports one file, as it is, on a Unix socket; closing ends it. */
final class NbdServer implements AutoCloseable {

    static final String EXPORT = "a disk, exported";

    private final Process process;
    private final Path socket;

    private NbdServer(Process process, Path socket) {
        this.process = process;
        this.socket = socket;
    }

    /** Exports a file. The folder of the socket may be anything, its name too. */
    static NbdServer start(Path file, Path socket, String... more) throws IOException {
        List<String> argv = new ArrayList<>(List.of("qemu-nbd", "--persistent", "--shared=4", "--format=raw"));
        argv.addAll(List.of("--socket=" + socket, "--export-name=" + EXPORT));
        argv.addAll(List.of(more));
        argv.add(file.toString());
        Path log = socket.resolveSibling("nbd.log");
        Process process = new ProcessBuilder(argv)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        NbdServer server = new NbdServer(process, socket);
        try {
            Await.until("qemu-nbd listens", () -> Listener.isAt(socket) || !process.isAlive());
            if (!process.isAlive()) {
                throw new AssertionError("qemu-nbd: " + Files.readString(log));
            }
            return server;
        } catch (AssertionError | IOException e) {
            server.close();
            throw e;
        }
    }

    /** Returns the way to what it exports. */
    QemuImageOptions location() {
        return QemuImageOptions.nbd(socket, EXPORT);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
