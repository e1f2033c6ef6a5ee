package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * How qemu opens an image, as a tree of its block drivers: a format driver over a protocol driver over whatever that needs.
 * Immutable. Any text is a value: nothing in it is taken for syntax.
 *
 * <pre>{@code
 * QemuImageOptions.driver("qcow2").over(QemuImageOptions.file(Path.of("/pool/a,b.qcow2"))).toOptionText();
 * // driver=qcow2,file.driver=file,file.filename=/pool/a,,b.qcow2
 * }</pre>
 *
 * <p>Names have dots between the levels, as in qemu's documents. A level that is a number is a place in a list, filled from
 * {@code 0} on, such as {@code server.0.host}.
 *
 * <p>A key may be lent, and an object be handed on, where qemu wants an id: an {@link Image} at such a place brings both to each
 * command by itself. Who writes commands of his own gives the ids with {@link #naming}, and the {@link #objects} beside them.
 */
public final class QemuImageOptions {

    private final QemuNode node;

    private QemuImageOptions(QemuNode node) {
        this.node = node;
    }

    /**
     * Returns a node of a driver, such as {@code qcow2}, {@code luks}, {@code raw}, {@code file} or {@code nbd}.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if {@code name} is no name
     */
    public static QemuImageOptions driver(String name) {
        return new QemuImageOptions(QemuNode.EMPTY).with(QemuNode.DRIVER, QemuText.requireName(name));
    }

    /** Returns a node of a format's driver; {@link #over} says where its bytes are. */
    public static QemuImageOptions format(ImageFormat format) {
        return driver(format.qemuName());
    }

    /** Returns a node for a regular file. */
    public static QemuImageOptions file(Path path) {
        return driver(QemuNode.FILE).with(QemuNode.FILENAME, ImagePath.of(path).toString());
    }

    /** Returns a node for a block device. */
    public static QemuImageOptions blockDevice(Path path) {
        return driver(QemuNode.HOST_DEVICE)
                .with(QemuNode.FILENAME, ImagePath.of(path).toString());
    }

    /** Returns a node for a regular file or a block device: qemu looks which when it opens it. */
    static QemuImageOptions path(Path path) {
        return new QemuImageOptions(QemuNode.EMPTY).with(QemuNode.FILENAME, path.toString());
    }

    /**
     * Returns a node for what an NBD server on this host exports. To talk TLS over the socket, which QEMU can since 7.0, it needs
     * {@code tls-creds} and, since a socket has no name to prove, the server's {@code tls-hostname}.
     *
     * @param socket the server's Unix socket
     * @param export the name of the export; empty for a server's only one
     */
    public static QemuImageOptions nbd(Path socket, String export) {
        return driver("nbd")
                .with("server.type", "unix")
                .with("server.path", ImagePath.of(socket).toString())
                .with("export", export);
    }

    /**
     * Returns a node for what an NBD server exports over the network. Without {@code tls-creds}, all that is read and written can
     * be seen and changed on the way: {@code .with("tls-creds", QemuObject.tlsClient(...))}.
     *
     * @param host a name or an address
     * @param export the name of the export; empty for a server's only one
     * @throws DriverException with {@code INVALID_REQUEST} if {@code port} is no port
     */
    public static QemuImageOptions nbd(String host, int port, String export) {
        return driver("nbd")
                .with("server.type", "inet")
                .with("server.host", host)
                .with("server.port", QemuText.requirePort(port))
                .with("export", export);
    }

    /**
     * Returns a node for a Ceph block image, in the cluster of the host's {@code ceph.conf} unless {@code conf} or {@code
     * server.0.host} say another; {@code user} and {@link #with(String, Secret) key-secret} say who comes. Needs a package of its
     * own: qemu-block-extra (Debian, Ubuntu) or qemu-block-rbd (Fedora).
     */
    public static QemuImageOptions rbd(String pool, String image) {
        return driver("rbd").with("pool", pool).with("image", image);
    }

    /**
     * Returns a node for a unit of an iSCSI target, over TCP; {@code user} and {@link #with(String, Secret) password-secret} say
     * who comes. Needs a package of its own: qemu-block-extra (Debian, Ubuntu) or qemu-block-iscsi (Fedora).
     *
     * @param portal the target's address, such as {@code 192.0.2.1:3260}
     * @param target its name, such as {@code iqn.2001-04.com.example:disk}
     */
    public static QemuImageOptions iscsi(String portal, String target, int unit) {
        return driver("iscsi")
                .with("transport", "tcp")
                .with("portal", portal)
                .with("target", target)
                .with("lun", unit);
    }

    /** Returns a node for a part of what {@code lower} holds, such as one partition. */
    public static QemuImageOptions part(QemuImageOptions lower, ByteSize offset, ByteSize size) {
        return format(ImageFormat.RAW)
                .with("offset", offset.bytes())
                .with("size", size.bytes())
                .over(lower);
    }

    /**
     * Returns this node with an option, which replaces the one it had under that name.
     *
     * @param name such as {@code encrypt.key-secret}
     * @throws DriverException with {@code INVALID_REQUEST} if {@code name} is no name, is taken by a node, or {@code value}
     *     holds a NUL character
     */
    public QemuImageOptions with(String name, String value) {
        return put(name, new QemuValue.Text(QemuText.requireValue(name, value)));
    }

    /**
     * Returns this node with a number.
     *
     * @throws DriverException as {@link #with(String, String)} does
     */
    public QemuImageOptions with(String name, long value) {
        return put(name, new QemuValue.Count(value));
    }

    /**
     * Returns this node with a key where qemu wants the id of one. The key is lent: it must stay open as long as this is used.
     *
     * @param name such as {@code key-secret} or {@code password-secret}
     * @throws DriverException as {@link #with(String, String)} does, or if the key is not UTF-8 text without NUL bytes
     */
    public QemuImageOptions with(String name, Secret key) {
        return put(name, new QemuValue.Key(QemuText.requireKey(name + " of " + this, key)));
    }

    /**
     * Returns this node with an object where qemu wants the id of one.
     *
     * @param name such as {@code tls-creds}
     * @throws DriverException as {@link #with(String, String)} does, or if the object reads standard input, where only one may:
     *     lend the key itself
     */
    public QemuImageOptions with(String name, QemuObject object) {
        if (object.readsStdin()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s comes on standard input, which may be taken; lend the Secret itself", object);
        }
        return put(name, new QemuValue.Reference(object));
    }

    /**
     * Returns this node with a switch turned on, such as {@code read-only}.
     *
     * @throws DriverException as {@link #with(String, String)} does
     */
    public QemuImageOptions on(String name) {
        return put(name, new QemuValue.Switch(true));
    }

    /**
     * Returns this node with a switch turned off.
     *
     * @throws DriverException as {@link #with(String, String)} does
     */
    public QemuImageOptions off(String name) {
        return put(name, new QemuValue.Switch(false));
    }

    /** Returns this node reading and writing through {@code lower}, under qemu's usual name for it, {@code file}. */
    public QemuImageOptions over(QemuImageOptions lower) {
        return over(QemuNode.FILE, lower);
    }

    /**
     * Returns this node with {@code lower} under another name, such as {@code backing} or {@code data-file}.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if {@code name} is no name or is taken by an option
     */
    public QemuImageOptions over(String name, QemuImageOptions lower) {
        return put(name, lower.node);
    }

    /** Returns this node with no backing file, whatever its header says. */
    public QemuImageOptions overNothing() {
        return new QemuImageOptions(node.without("backing")).put("backing", new QemuValue.Nothing());
    }

    /**
     * Returns this node under a name by which commands to a running qemu speak of it.
     *
     * @param nodeName letters, digits, {@code -}, {@code .} and {@code _}, the first a letter, 31 at most
     * @throws DriverException with {@code INVALID_REQUEST} if it is no such name
     */
    public QemuImageOptions named(String nodeName) {
        return with("node-name", QemuText.requireNodeName(nodeName));
    }

    /** Returns this tree with an id in the place of each key that was lent. */
    public QemuImageOptions naming(Function<Secret, String> ids) {
        return new QemuImageOptions(node.naming(ids));
    }

    /**
     * Returns this tree with a driver for each path of an {@link Image}, which may be a file or a block device: qemu-img looks
     * which by itself, and {@code blockdev-add} wants to be told.
     *
     * @param files of the host where they are
     */
    public QemuImageOptions stating(HostFiles files) throws InterruptedException {
        return new QemuImageOptions(node.stating(files));
    }

    /** Returns the keys that were lent to this tree and have no id yet, each once. */
    public List<Secret> secrets() {
        return node.secrets();
    }

    /** Returns the objects that this tree names, each once; a command needs them beside it. */
    public List<QemuObject> objects() {
        return node.objects();
    }

    /**
     * Returns the text for {@code --image-opts}, {@code -drive} and {@code --blockdev}.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if a key that was lent has no id yet
     */
    public String toOptionText() {
        node.requireNamed();
        return node.text();
    }

    /**
     * Returns the text for places that take a file name alone: {@code json:} and an object, in ASCII.
     *
     * @throws DriverException as {@link #toOptionText} does
     */
    public String toJson() {
        node.requireNamed();
        return "json:" + QemuJson.text(node);
    }

    /**
     * Returns the arguments of QMP's {@code blockdev-add}, which {@code --blockdev} takes too: an object in ASCII, with numbers
     * and switches as such.
     *
     * @param nodeName the name of the topmost node; those below may be {@link #named}
     * @throws DriverException as {@link #toOptionText} and {@link #named} do, or if a path is not said to be a file or a block
     *     device: see {@link #stating}
     */
    public String toBlockdevJson(String nodeName) {
        node.requireNamed();
        node.requireDrivers();
        return QemuJson.text(named(nodeName).node);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof QemuImageOptions options && options.node.equals(node);
    }

    @Override
    public int hashCode() {
        return node.hashCode();
    }

    /** Returns the same as {@link #toOptionText}, for people: a key that has no id yet is shown as a secret. */
    @Override
    public String toString() {
        return node.text();
    }

    /** Returns the file or block device of the host that this is, and nothing else. */
    Optional<Path> path() {
        return node.path();
    }

    /** Returns the texts in it, which a program may repeat. */
    List<String> texts() {
        return node.leaves().map(QemuValue::text).toList();
    }

    private QemuImageOptions put(String name, QemuValue value) {
        return new QemuImageOptions(node.with(name, value));
    }
}
