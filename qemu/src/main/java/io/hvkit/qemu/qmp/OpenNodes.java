package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImageOptions;
import io.hvkit.qemu.QemuObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens images in a daemon, with keys that it knows only as long as that takes. */
final class OpenNodes {

    private static final Logger LOG = LoggerFactory.getLogger(OpenNodes.class);

    /** What is done with an image. */
    enum Access {
        READ_ONLY,
        READ_WRITE
    }

    private record Tree(QemuImageOptions options, BlockNode node) {}

    private final QmpClient client;
    private final DaemonKeys keys;
    private final HostFiles files;
    private final AtomicLong lastName = new AtomicLong();

    OpenNodes(QmpClient client, DaemonKeys keys, HostFiles files) {
        this.client = client;
        this.keys = keys;
        this.files = files;
    }

    BlockNode open(Image image, Access access) throws InterruptedException {
        Tree tree = tree(image);
        QemuImageOptions options = tree.options.stating(files);
        if (access == Access.READ_ONLY) {
            options = options.on("read-only");
        }
        Map<Secret, String> ids = new LinkedHashMap<>();
        for (Secret key : options.secrets()) {
            ids.put(key, name("key"));
        }
        options = options.naming(ids::get);
        List<String> added = new ArrayList<>();
        try {
            for (Map.Entry<Secret, String> key : ids.entrySet()) {
                add(keys.wrap(key.getValue(), key.getKey()), added);
            }
            for (QemuObject object : options.objects()) {
                add(object, added);
            }
            addNode(image, options.toBlockdevJson(tree.node.name()));
        } finally {
            forget(added);
        }
        return tree.node;
    }

    void close(BlockNode node) throws InterruptedException {
        try {
            client.execute(QmpCommand.of("blockdev-del").with("node-name", node.name()));
        } catch (DriverException e) {
            if (e.failure() != Failure.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** Returns how the image and each layer below it are opened, each under a name. */
    private Tree tree(Image image) {
        QemuImageOptions options = image.options();
        Optional<BlockNode> below = Optional.empty();
        if (image.backing().isPresent()) {
            Tree backing = tree(image.backing().get());
            options = options.over("backing", backing.options.named(backing.node.name()));
            below = Optional.of(backing.node);
        }
        return new Tree(options, new BlockNode(name("node"), below));
    }

    private void add(QemuObject object, List<String> added) throws InterruptedException {
        client.execute(QmpCommand.of("object-add").withAll(QmpValue.parse(object.toJson())));
        added.add(object.id());
    }

    private void addNode(Image image, String arguments) throws InterruptedException {
        try {
            client.execute(QmpCommand.of("blockdev-add").withAll(QmpValue.parse(arguments)));
        } catch (DriverException e) {
            if (e.vendorCode().isEmpty()) {
                throw e; // not refused, but unanswered
            }
            throw DriverException.because(e.failure())
                    .effect(Effect.NOT_APPLIED) // a node is added as a whole or not at all
                    .vendorCode(e.vendorCode().get())
                    .causedBy(e)
                    .message("%s cannot be opened: %s", image, String.valueOf(e.getMessage()));
        }
    }

    /** Takes back what an image needed to be opened; it keeps what it still needs, such as the certificates of a connection. */
    private void forget(List<String> ids) throws InterruptedException {
        for (int last = ids.size() - 1; last >= 0; last--) {
            try {
                client.execute(QmpCommand.of("object-del").with("id", ids.get(last)));
            } catch (DriverException e) {
                LOG.debug("{} stays until the daemon ends", ids.get(last), e);
            }
        }
    }

    private String name(String kind) {
        return kind + lastName.incrementAndGet();
    }
}
