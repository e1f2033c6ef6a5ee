package io.hvkit.qemu.download;

import io.hvkit.core.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digests of bytes that are somewhere. */
final class Digests {

    private static final int BUFFER = 1 << 20;

    private Digests() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Returns the digest of the first {@code length} bytes of a file or device, or of all if there are fewer. */
    static Sha256 ofStart(Path path, long length, PartialDownload.Reading listener)
            throws IOException, InterruptedException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER];
        long done = 0;
        try (InputStream in = Files.newInputStream(path)) {
            while (done < length) {
                int count = in.read(buffer, 0, (int) Math.min(buffer.length, length - done));
                if (count < 0) {
                    break;
                }
                digest.update(buffer, 0, count);
                done += count;
                listener.read(done);
            }
        }
        return new Sha256(HexFormat.of().formatHex(digest.digest()));
    }
}
