package io.hvkit.kvm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/** An agent for guests that says what a script makes it say, as QEMU's own does in a guest that freezes less than all it has. */
enum ScriptedAgent {
    /** It has two file systems, and freezes one of them. */
    FREEZES_FEWER("", """
            *freeze-freeze*) state=frozen; answer '{"return": 1}';;
            """),
    /** It freezes one of two file systems, fails at the other, and leaves the first as it is. */
    FAILS_HALF_WAY("", """
            *freeze-freeze*) state=frozen
                answer '{"error": {"class": "GenericError", "desc": "failed to freeze /data: Input/output error"}}';;
            """),
    /** Each of its answers begins with a byte that no answer has. */
    ANSWERS_NO_JSON("\\377", "");

    private static final String SCRIPT = """
            #!/bin/sh
            while [ $# -gt 0 ]; do [ "$1" != -p ] || port=$2; shift; done
            state=thawed
            answer() { printf '%%s\\n' "$1" >&3; }
            work() {
              exec 3<>"$port"
              while :; do
                if ! read -r line <&3; then usleep 50000; continue; fi
                case $line in
                *guest-sync*) printf '%s{"return": %%s}\\n' "$(echo "$line" | sed 's/.*"id": *\\([0-9]*\\).*/\\1/')" >&3;;
                *freeze-status*) answer "{\\"return\\": \\"$state\\"}";;
                %s
                *freeze-thaw*) state=thawed; answer '{"return": 1}';;
                *get-fsinfo*) answer '{"return": [%s, %s]}';;
                *) answer '{"error": {"class": "CommandNotFound", "desc": "no such command"}}';;
                esac
              done
            }
            work &
            """;

    private final String prefix;
    private final String freezing;

    ScriptedAgent(String prefix, String freezing) {
        this.prefix = prefix;
        this.freezing = freezing;
    }

    /** Returns a RAM disk like another one, with this in the place of QEMU's agent. */
    Path in(Path initrd, Path folder) {
        String script = SCRIPT.formatted(prefix, freezing, fileSystem("/", "vda"), fileSystem("/data", "vdb"));
        Path made = folder.resolve("agent-" + name().toLowerCase(Locale.ROOT) + ".gz");
        try (OutputStream out = Files.newOutputStream(made)) {
            Files.copy(initrd, out);
            try (GZIPOutputStream packed = new GZIPOutputStream(out)) { // the kernel takes one archive after the other
                packed.write(entry("bin", 0_040755, new byte[0]));
                packed.write(entry("bin/qemu-ga", 0_100755, script.getBytes(StandardCharsets.UTF_8)));
                packed.write(entry("TRAILER!!!", 0, new byte[0]));
            }
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String fileSystem(String at, String device) {
        return "{\"name\": \"%s\", \"mountpoint\": \"%s\", \"type\": \"ext4\", \"disk\": []}".formatted(device, at);
    }

    /** One file as the kernel's format "newc" has it: numbers in hexadecimal, names and content padded to four bytes. */
    private static byte[] entry(String name, int mode, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write("070701".getBytes(StandardCharsets.US_ASCII));
        int[] fields = {0, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length() + 1, 0};
        for (int field : fields) {
            bytes.write(String.format(Locale.ROOT, "%08X", field).getBytes(StandardCharsets.US_ASCII));
        }
        bytes.write(name.getBytes(StandardCharsets.US_ASCII));
        bytes.write(0);
        pad(bytes);
        bytes.write(content);
        pad(bytes);
        return bytes.toByteArray();
    }

    private static void pad(ByteArrayOutputStream bytes) {
        while (bytes.size() % 4 != 0) {
            bytes.write(0);
        }
    }
}
