package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ref.Reference;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Uses keys, and prints how many copies of them lie in its heap, garbage included: after one key each was fed to a program and
 * to cryptsetup, and when a copy was made on purpose. Its argument: a folder.
 */
final class HeapProgram {

    private HeapProgram() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        CommandRunner runner = CommandRunner.local();
        PrintStream answer = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try (Secret key = Secret.random()) {
            runner.run(Command.of("sh", "-c", "cat > /dev/null").feeding(key));
            Image disk = Disks.luks(folder.resolve("disk"), ByteSize.mebibytes(1), key);
            boolean opened = CryptSetup.probe(runner).unlocks(disk.requirePath(), key);
            answer.println("opened " + opened);
            answer.println("left " + copies(key, folder.resolve("used.hprof")));
            byte[] kept = key.withArray(bytes -> bytes.clone());
            try {
                answer.println("kept " + copies(key, folder.resolve("kept.hprof")));
            } finally {
                Reference.reachabilityFence(kept);
            }
        }
    }

    private static int copies(Secret key, Path dump) throws Exception {
        Class<?> type = Class.forName("com.sun.management.HotSpotDiagnosticMXBean");
        Object diagnostics = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getPlatformMXBean", Class.class)
                .invoke(null, type);
        type.getMethod("dumpHeap", String.class, boolean.class).invoke(diagnostics, dump.toString(), false);
        List<Long> places = new ArrayList<>();
        key.withArray(bytes -> {
            search(dump, bytes, places);
            return places;
        });
        Files.delete(dump);
        return places.size();
    }

    private static void search(Path dump, byte[] wanted, List<Long> places) throws IOException {
        try (FileChannel channel = FileChannel.open(dump)) {
            var bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            for (int at = 0; at <= bytes.limit() - wanted.length; at++) {
                int same = 0;
                while (same < wanted.length && bytes.get(at + same) == wanted[same]) {
                    same++;
                }
                if (same == wanted.length) {
                    places.add((long) at);
                }
            }
        }
    }
}
