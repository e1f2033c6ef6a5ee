package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;

/**
 * An object for qemu's {@code --object}: a secret, or the certificates for a connection, under an id that image options name. It
 * holds no key in clear: the key is in a file, on standard input, encrypted, or lent. Immutable.
 */
public final class QemuObject {

    private static final String STDIN = "/dev/stdin";
    private static final String ID = "id";

    private final String type;
    private final QemuNode values;

    private QemuObject(String type, QemuNode values) {
        this.type = type;
        this.values = values;
    }

    /**
     * Returns a secret whose bytes are all that is in a file; a line feed at its end would belong to the key.
     *
     * @param id letters, digits, {@code -} and {@code _}, the first a letter
     */
    public static QemuObject secretIn(String id, Path file) {
        return secret(id, "raw").with("file", ImagePath.of(file).toString());
    }

    /** Returns a secret whose bytes are all that comes on standard input; a command has one of these at most. */
    public static QemuObject secretOnStdin(String id) {
        return secret(id, "raw").with("file", STDIN);
    }

    /** Returns a secret that comes on standard input as Base64, as a master key for {@link #wrappedSecret} must. */
    public static QemuObject masterKeyOnStdin(String id) {
        return secret(id, "base64").with("file", STDIN);
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
        return secret(id, "base64")
                .with("keyid", QemuText.requireId(masterKeyId))
                .with("iv", Base64.getEncoder().encodeToString(iv))
                .with("data", Base64.getEncoder().encodeToString(encrypted));
    }

    /**
     * Returns the certificates with which a client, such as an image on an NBD server, talks TLS and knows its server.
     *
     * @param id letters, digits, {@code -} and {@code _}, the first a letter
     * @param folder holds {@code ca-cert.pem} and, if the server asks who comes, {@code client-cert.pem} and {@code
     *     client-key.pem}; it is read when qemu starts
     */
    public static QemuObject tlsClient(String id, Path folder) {
        return tls(id, folder, "client");
    }

    /**
     * Returns the certificates with which a server talks TLS. It asks clients for theirs, and turns away who has none from the
     * same authority.
     *
     * @param id letters, digits, {@code -} and {@code _}, the first a letter
     * @param folder holds {@code ca-cert.pem}, {@code server-cert.pem} and {@code server-key.pem}; it is read when qemu starts
     */
    public static QemuObject tlsServer(String id, Path folder) {
        return tls(id, folder, "server");
    }

    /**
     * Returns these certificates for a connection whose other end may be anybody. For a server that is one whose clients prove
     * themselves in another way; a client that says this can be lied to.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if this is no TLS object
     */
    public QemuObject trustingAnybody() {
        return tlsWith("verify-peer", new QemuValue.Switch(false));
    }

    /**
     * Returns these certificates with a rule for protocols and ciphers.
     *
     * @param rule as GnuTLS writes priorities, such as {@code NORMAL:-VERS-TLS1.2}
     * @throws DriverException with {@code INVALID_REQUEST} if this is no TLS object
     */
    public QemuObject withPriority(String rule) {
        return tlsWith("priority", new QemuValue.Text(QemuText.requireValue("priority", rule)));
    }

    /**
     * Returns these certificates, whose private key file is encrypted with {@code key}. The key is lent: it must stay open as
     * long as this is used.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if this is no TLS object, or the key is not UTF-8 text without NUL
     *     bytes
     */
    public QemuObject unlockedBy(Secret key) {
        return tlsWith("passwordid", new QemuValue.Key(QemuText.requireKey("the private key of " + id(), key)));
    }

    /** Returns the id that options name. */
    public String id() {
        return values.entries().getOrDefault(ID, new QemuValue.Nothing()).text();
    }

    /**
     * Returns the text that follows {@code --object}.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if a key was lent to it that has no id yet
     */
    public String toOptionText() {
        values.requireNamed();
        return toString();
    }

    /**
     * Returns the arguments of QMP's {@code object-add}, as JSON, for QEMU 6.0 and later.
     *
     * @throws DriverException as {@link #toOptionText} does
     */
    public String toJson() {
        values.requireNamed();
        return QemuJson.text(
                QemuNode.EMPTY.with("qom-type", new QemuValue.Text(type)).withAll(values));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof QemuObject object && object.type.equals(type) && object.values.equals(values);
    }

    @Override
    public int hashCode() {
        return 31 * type.hashCode() + values.hashCode();
    }

    /** Returns the same as {@link #toOptionText}, for people: what has no id yet is shown as a secret. */
    @Override
    public String toString() {
        return type + "," + values.text();
    }

    /** Returns the keys that were lent to it and have no id yet. */
    List<Secret> secrets() {
        return values.secrets();
    }

    /** Returns it with the ids of the keys in their place. */
    QemuObject naming(Function<Secret, String> ids) {
        return new QemuObject(type, values.naming(ids));
    }

    /** Returns whether it takes the standard input of its command. */
    boolean readsStdin() {
        return new QemuValue.Text(STDIN).equals(values.entries().get("file"));
    }

    private QemuObject with(String name, String value) {
        return new QemuObject(type, values.with(name, new QemuValue.Text(value)));
    }

    private QemuObject tlsWith(String name, QemuValue value) {
        if (!type.equals("tls-creds-x509")) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is a %s, which has no %s; say it of tlsClient or tlsServer", id(), type, name);
        }
        return new QemuObject(type, values.with(name, value));
    }

    private static QemuObject secret(String id, String format) {
        return object("secret", id).with("format", format);
    }

    private static QemuObject tls(String id, Path folder, String endpoint) {
        QemuObject object = object("tls-creds-x509", id)
                .with("endpoint", endpoint)
                .with("dir", ImagePath.of(folder).toString());
        return object.tlsWith("verify-peer", new QemuValue.Switch(true));
    }

    private static QemuObject object(String type, String id) {
        return new QemuObject(type, QemuNode.EMPTY).with(ID, QemuText.requireId(id));
    }
}
