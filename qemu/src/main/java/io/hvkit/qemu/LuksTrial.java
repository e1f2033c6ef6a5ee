package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Finds out whether a build can do LUKS, by having it open a header that no key opens: a build without a crypto library lists the
 * format all the same, and fails where the key is to be derived. It takes milliseconds; making an image takes seconds.
 */
final class LuksTrial {

    private static final int SLOTS = 8;
    private static final int SLOT_ACTIVE = 0x00AC71F3;
    private static final int SLOT_EMPTY = 0x0000DEAD;
    private static final int ITERATIONS = 1000;
    private static final int KEY_BYTES = 64;
    private static final int STRIPES = 4000;
    private static final int PAYLOAD_SECTOR = 4096;
    private static final int SLOT_SECTORS = 504;
    private static final int HEADER_BYTES = 592;
    private static final String UUID_OF_NOBODY = "00000000-0000-4000-8000-000000000000";
    private static final List<Path> FOLDERS = List.of(Path.of("/dev/shm"), Path.of("/tmp"));

    private final QemuImgProgram program;

    LuksTrial(QemuImgProgram program) {
        this.program = program;
    }

    boolean succeeds() throws InterruptedException {
        Path file = create();
        try (Secret wrong = Secret.random();
                QemuKeys keys = QemuKeys.of(Image.luks(file).unlockedBy(wrong))) {
            append(file, Arrays.copyOfRange(header(), 0, HEADER_BYTES / 2));
            append(file, Arrays.copyOfRange(header(), HEADER_BYTES / 2, HEADER_BYTES));
            prepare(file, Command.of("truncate", "-s", "3M", file.toString()));
            List<String> arguments = new ArrayList<>(List.of("map", "--max-length=512"));
            arguments.addAll(keys.arguments());
            arguments.addAll(List.of("--image-opts", keys.open(Image.luks(file).unlockedBy(wrong))));
            return Complaint.isWrongKey(program.runShort(keys, arguments));
        } finally {
            Uninterrupted.run(() -> program.files().remove(file));
        }
    }

    private Path create() throws InterruptedException {
        Optional<DriverException> obstacle = Optional.empty();
        for (Path folder : FOLDERS) {
            Path file = folder.resolve(PartialName.next().toString());
            try {
                program.files().create(file);
                return file;
            } catch (DriverException e) {
                obstacle = Optional.of(e);
            }
        }
        throw obstacle.orElseThrow();
    }

    /** Input is made for keys, and no key is as long as a header. */
    private void append(Path file, byte[] bytes) throws InterruptedException {
        try (Secret part = Secret.copyOf(bytes)) {
            prepare(
                    file,
                    Command.of("dd", "of=" + file, "oflag=append", "conv=notrunc", "status=none")
                            .feeding(part));
        }
    }

    private void prepare(Path file, Command command) throws InterruptedException {
        CommandResult result = program.runner().run(command);
        if (!result.succeeded()) {
            throw Complaint.of("cannot try what qemu-img can do", result, Effect.NOT_APPLIED, file);
        }
    }

    /** Returns a LUKS1 header with one key slot, of what a build must have: AES-256 in XTS mode, SHA-256, PBKDF2. */
    private static byte[] header() {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.put(new byte[] {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe}).putShort((short) 1);
        put(header, "aes", 32);
        put(header, "xts-plain64", 32);
        put(header, "sha256", 32);
        header.putInt(PAYLOAD_SECTOR).putInt(KEY_BYTES);
        header.put(new byte[20]).put(new byte[32]).putInt(ITERATIONS);
        put(header, UUID_OF_NOBODY, 40);
        for (int slot = 0; slot < SLOTS; slot++) {
            header.putInt(slot == 0 ? SLOT_ACTIVE : SLOT_EMPTY).putInt(slot == 0 ? ITERATIONS : 0);
            header.put(new byte[32]).putInt(8 + slot * SLOT_SECTORS).putInt(STRIPES);
        }
        return header.array();
    }

    private static void put(ByteBuffer header, String text, int bytes) {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        header.put(ascii).put(new byte[bytes - ascii.length]);
    }
}
