package io.hvkit.qemu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * An object for qemu's {@code --object}: a secret, under an id that image options name in {@code key-secret}. It holds no key
 * in clear: the key is in a file, on standard input, or encrypted. Immutable.
 */
public final class QemuObject {

    private static final String STDIN = "/dev/stdin";

    private final List<String> options;

    private QemuObject(List<String> options) {
        this.options = options;
    }

    /**
     * Returns a secret whose bytes are all that is in a file; a line feed at its end would belong to the key.
     *
     * @param id letters, digits, {@code -} and {@code _}, the first a letter
     */
    public static QemuObject secretIn(String id, Path file) {
        return secret(id, "raw", ImagePath.of(file).toString());
    }

    /** Returns a secret whose bytes are all that comes on standard input; a command has one of these at most. */
    public static QemuObject secretOnStdin(String id) {
        return secret(id, "raw", STDIN);
    }

    /** Returns a secret that comes on standard input as Base64, as a master key for {@link #wrappedSecret} must. */
    public static QemuObject masterKeyOnStdin(String id) {
        return secret(id, "base64", STDIN);
    }

    /**
     * Returns a secret encrypted with AES-256 in CBC mode and PKCS padding under another secret, so that it may stand on a
     * command line.
     *
     * @param masterKeyId the id of the secret with the 32 bytes that decrypt it
     * @param iv the 16 bytes of the first block, used for no other secret
     * @param encrypted what came out
     */
    public static QemuObject wrappedSecret(String id, String masterKeyId, byte[] iv, byte[] encrypted) {
        List<String> options = new ArrayList<>(start(id, "base64"));
        options.add(QemuText.option("keyid", QemuText.requireName(masterKeyId)));
        options.add(QemuText.option("iv", Base64.getEncoder().encodeToString(iv)));
        options.add(QemuText.option("data", Base64.getEncoder().encodeToString(encrypted)));
        return new QemuObject(List.copyOf(options));
    }

    /** Returns the text that follows {@code --object}. */
    public String toOptionText() {
        return "secret," + String.join(",", options);
    }

    /** Returns the same as {@link #toOptionText}. */
    @Override
    public String toString() {
        return toOptionText();
    }

    private static QemuObject secret(String id, String format, String file) {
        List<String> options = new ArrayList<>(start(id, format));
        options.add(QemuText.option("file", file));
        return new QemuObject(List.copyOf(options));
    }

    private static List<String> start(String id, String format) {
        return List.of(QemuText.option("id", QemuText.requireName(id)), QemuText.option("format", format));
    }
}
