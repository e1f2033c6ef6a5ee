package io.hvkit.testkit.libvirt;

import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.internal.Program;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A private host with a writing guest in a JVM of its own, which can be killed, or run as another user. */
final class ForkedHost {

    static final Duration LIMIT = Duration.ofSeconds(90);

    private ForkedHost() {}

    /** Starts such a JVM; it says "up PID,PID,..." once the guest writes, then waits for a line on stdin before it closes. */
    static Process fork(List<String> before, Path folder, Path cache) throws IOException, InterruptedException {
        List<String> argv = new ArrayList<>(before);
        argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        argv.addAll(List.of("-cp", copiedClassPath(folder), ForkedHost.class.getName()));
        argv.addAll(List.of(folder.toString(), cache.toString()));
        ProcessBuilder builder = new ProcessBuilder(argv).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("HOME", folder.toString());
        return builder.start();
    }

    /** A plain user cannot look into root's local repository, so the class path comes to it. */
    private static String copiedClassPath(Path folder) throws IOException, InterruptedException {
        List<String> copies = new ArrayList<>();
        for (String part : Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getProperty("java.class.path"))
                .toList()) {
            Path copy = folder.resolve("class-path-" + copies.size() + (part.endsWith(".jar") ? ".jar" : ""));
            Program.Result copied = Program.run(
                    List.of("cp", "-r", part, copy.toString()), folder.resolve("cp.log"), Duration.ofMinutes(1));
            if (copied.exitCode() != 0) {
                throw new IOException(copied.output());
            }
            copies.add(copy.toString());
        }
        return String.join(File.pathSeparator, copies);
    }

    static String firstLine(Process jvm) throws IOException {
        return Optional.ofNullable(jvm.inputReader().readLine()).orElse("ended without a word");
    }

    public static void main(String[] words) throws Exception {
        Path folder = Path.of(words[0]);
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        try (PrivateHost host = PrivateHost.start(folder.resolve("host"))) {
            Virsh virsh = new Virsh(host.uri(), folder.resolve("virsh.log"));
            GuestOnHost guest =
                    GuestOnHost.created(virsh, Guest.prepared(Path.of(words[1])), GuestWork.writing(), folder);
            guest.console().awaitAcknowledged(100, LIMIT);
            host.killDaemon();
            host.startDaemon();
            virsh.ok("domstate", guest.name());
            guest.console().awaitAcknowledged(guest.console().acknowledged() + 100, LIMIT);
            String pids = host.processes().stream().map(String::valueOf).collect(Collectors.joining(","));
            say(out, "up " + pids);
            awaitWord();
        }
        say(out, "closed");
    }

    private static void awaitWord() throws IOException {
        if (System.in.read() < 0) {
            throw new IOException("stdin ended without the word to close");
        }
    }

    /** Writes to a stdout that stays open: whoever reads it may be of another user, so it cannot be opened by name. */
    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }
}
