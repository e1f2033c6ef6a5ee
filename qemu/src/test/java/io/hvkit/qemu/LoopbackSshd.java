package io.hvkit.qemu;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A real ssh server on this machine, with keys and a configuration of its own, in a mount namespace of its own: what lies in
 * {@link #folder} there does not exist for this JVM, so that whoever looks at local files by mistake finds nothing. Home is
 * another one too, without the start-up files that make each login slow.
 */
final class LoopbackSshd implements AutoCloseable {

    private final Path work;
    private final Path folder;
    private final int port;
    private final Process process;

    private LoopbackSshd(Path work, Path folder, int port, Process process) {
        this.work = work;
        this.folder = folder;
        this.port = port;
        this.process = process;
    }

    static LoopbackSshd start(Path work) throws Exception {
        Path folder = Files.createDirectory(work.resolve("remote"));
        Files.createDirectories(Path.of("/run/sshd"));
        for (String key : List.of("host_key", "user_key", "other_key")) {
            Disks.run(
                    "ssh-keygen",
                    "-q",
                    "-t",
                    "ed25519",
                    "-N",
                    "",
                    "-f",
                    work.resolve(key).toString());
        }
        Files.copy(work.resolve("user_key.pub"), work.resolve("authorized_keys"));
        int port = freePort();
        Files.writeString(work.resolve("known_hosts"), known(port, Files.readString(work.resolve("host_key.pub"))));
        Files.writeString(work.resolve("wrong_hosts"), known(port, Files.readString(work.resolve("other_key.pub"))));
        Path configuration = Files.writeString(work.resolve("sshd_config"), """
                ListenAddress 127.0.0.1
                Port %d
                HostKey %s
                AuthorizedKeysFile %s
                StrictModes no
                UsePAM no
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                PermitRootLogin prohibit-password
                PidFile none
                """.formatted(
                        port, work.resolve("host_key"), work.resolve("authorized_keys")));
        Process process = new ProcessBuilder(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs tmpfs \"$1\" && mount -t tmpfs tmpfs \"$HOME\" && exec \"$(PATH=$PATH:/usr/sbin command -v sshd)\" -D -e -f \"$2\"",
                        "sh",
                        folder.toString(),
                        configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("sshd.log").toFile())
                .start();
        LoopbackSshd sshd = new LoopbackSshd(work, folder, port, process);
        Await.until("sshd listens", sshd::listens);
        return sshd;
    }

    /** Returns a folder that exists on the other side alone. */
    Path folder() {
        return folder;
    }

    SshDestination destination() {
        return stranger().identity(work.resolve("user_key")).knownHosts(work.resolve("known_hosts"));
    }

    /** Returns the server under a host key that it does not have. */
    SshDestination underAnotherKey() {
        return stranger().identity(work.resolve("user_key")).knownHosts(work.resolve("wrong_hosts"));
    }

    /** Returns the server as somebody goes there whose key it does not know. */
    SshDestination asAnotherUser() {
        return stranger().identity(work.resolve("other_key")).knownHosts(work.resolve("known_hosts"));
    }

    private SshDestination stranger() {
        return SshDestination.of("127.0.0.1").port(port).user("root");
    }

    /** Kills what serves the connections that there are; the server itself goes on. */
    void breakConnections() {
        List<ProcessHandle> serving = process.children().toList();
        serving.forEach(ProcessHandle::destroyForcibly);
        process.descendants()
                .filter(p -> p.info().command().orElse("").endsWith("sshd"))
                .forEach(ProcessHandle::destroyForcibly);
        serving.forEach(p -> Await.until("the connection is dead", () -> !Await.lives(Long.toString(p.pid()))));
    }

    @Override
    public void close() {
        List<ProcessHandle> family = process.descendants().toList();
        process.destroyForcibly().onExit().join();
        family.forEach(ProcessHandle::destroyForcibly);
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            if (!process.isAlive()) {
                throw new AssertionError("sshd ended; see " + work.resolve("sshd.log"), e);
            }
            return false;
        }
    }

    private static String known(int port, String publicKey) {
        return "[127.0.0.1]:" + port + " " + publicKey;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
