package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers as the images that they are: volumes of their store, in qcow2, each called by a name that no other layer ever has, so that what has
 * it is that layer. No image names another one; what stands on what, the catalog knows.
 */
final class LayerFiles {

    private static final Logger LOG = LoggerFactory.getLogger(LayerFiles.class);

    private final Ground ground;

    LayerFiles(Ground ground) {
        this.ground = ground;
    }

    /** Returns what a layer is called in its store. */
    static String nameOf(LayerId layer) {
        return Ground.nameIn(poolOf(layer), new RecordId<VolumeRecord>(layer.name()), 0);
    }

    static RecordId<PoolRecord> poolOf(LayerId layer) {
        return new RecordId<>(layer.store().value());
    }

    private StoragePool store(LayerId layer) throws InterruptedException {
        return ground.pool(poolOf(layer));
    }

    /**
     * Makes the image of a layer, or confirms that it was made; one that has a key is proved to be encrypted.
     *
     * @throws DriverException with {@code DEFECT} if the store proves nothing; the image is removed
     */
    Facts make(LayerId layer, ByteSize size, Optional<RecordId<KeyRecord>> key) throws InterruptedException {
        CreateVolume wanted = CreateVolume.blank(nameOf(layer), size).as(ImageFormat.QCOW2);
        if (key.isEmpty()) {
            return evidence(store(layer).create(wanted));
        }
        try (Secret secret = ground.keys().open(key.get())) {
            Volume made = store(layer).create(wanted.encryptedBy(secret));
            if (made.attestation().isEmpty()) {
                store(layer).delete(made.id());
                throw DriverException.because(Failure.DEFECT)
                        .message(
                                "store %s did not prove that layer %s is encrypted; it is removed",
                                layer.store(), layer);
            }
            return evidence(made);
        }
    }

    private static Facts evidence(Volume made) {
        return Facts.of("image", made.id()).with("attestation", made.attestation());
    }

    /** Returns the image of a layer, if its store has it. */
    Optional<Volume> find(LayerId layer) throws InterruptedException {
        return store(layer).findNamed(nameOf(layer));
    }

    /** Returns whether a store has any image. */
    boolean hasAny(PoolId store) throws InterruptedException {
        return !ground.pool(new RecordId<>(store.value())).list().isEmpty();
    }

    /** Returns the image of a layer. */
    Volume require(LayerId layer) throws InterruptedException {
        return find(layer)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "store %s does not have the image of layer %s, %s",
                                layer.store(), layer, nameOf(layer)));
    }

    /** Returns what a machine would see of an image in size. */
    ByteSize sizeOf(LayerId layer) throws InterruptedException {
        return require(layer).size();
    }

    /** Returns how many bytes a layer takes in its store; as many as its disk has if nobody can tell. It is taken from the host then. */
    ByteSize counted(LayerId layer, RecordId<HostRecord> host) throws InterruptedException {
        HostId id = new HostId(host.value());
        try {
            DiskImage image = DiskImage.at(attach(layer, id), ImageFormat.QCOW2);
            Optional<ByteSize> told = ground.endPoint(host).images().occupied(image);
            detach(layer, id);
            return told.isPresent() ? told.get() : sizeOf(layer);
        } catch (DriverException e) {
            LOG.warn("layer {} counts as large as its disk, since host {} cannot tell what it takes", layer, host, e);
            detach(layer, id);
            return sizeOf(layer);
        }
    }

    /**
     * Returns whether a layer says nothing of its disk, so that over what it stands on it reads as that does; not if nobody can tell. Its host
     * has it then.
     */
    boolean isEmpty(LayerId layer, RecordId<HostRecord> host) throws InterruptedException {
        boolean[] seen = {false};
        try {
            with(
                    List.of(layer),
                    new HostId(host.value()),
                    image -> seen[0] = ground.endPoint(host)
                            .images()
                            .allocated(image)
                            .filter(ByteSize.ZERO::equals)
                            .isPresent());
        } catch (DriverException e) {
            LOG.warn("layer {} stays, since host {} cannot tell whether it is empty", layer, host, e);
        }
        return seen[0];
    }

    /** Gives a host a layer, beside others that have it for the same. */
    Attachment attach(LayerId layer, HostId host) throws InterruptedException {
        return store(layer).attach(require(layer).id(), use(host));
    }

    /** Takes a layer from a host; does nothing if it is gone. */
    void detach(LayerId layer, HostId host) throws InterruptedException {
        StoragePool store = store(layer);
        Optional<Volume> image = store.findNamed(nameOf(layer));
        if (image.isPresent()) {
            store.detach(image.get().id(), host, VolumeUse.Reason.COPY);
        }
    }

    /** Returns the hosts that have a layer for some reason; none if its store does not have it. */
    List<HostId> usersOf(LayerId layer, VolumeUse.Reason reason) throws InterruptedException {
        StoragePool store = store(layer);
        Optional<Volume> image = store.findNamed(nameOf(layer));
        return image.isEmpty()
                ? List.of()
                : store.uses(image.get().id()).stream()
                        .filter(use -> use.reason() == reason)
                        .map(VolumeUse::host)
                        .toList();
    }

    private static VolumeUse use(HostId host) {
        return VolumeUse.by(host).because(VolumeUse.Reason.COPY).shared();
    }

    /**
     * Removes the image of a layer, and looks that it is gone; does nothing if it is. It stays as long as a host has it.
     */
    void remove(LayerId layer) throws InterruptedException {
        StoragePool store = store(layer);
        Optional<Volume> image = store.findNamed(nameOf(layer));
        if (image.isPresent()) {
            store.delete(image.get().id());
            if (store.findNamed(nameOf(layer)).isPresent()) {
                throw DriverException.because(Failure.DEFECT)
                        .message("store %s says that it removed layer %s, and has it still", layer.store(), layer);
            }
        }
    }

    /** Work on an image. */
    @FunctionalInterface
    interface Work {
        void on(DiskImage image) throws InterruptedException;
    }

    /**
     * Opens a layer over all that it stands on, each with its own key, for the length of some work.
     *
     * @param line the layers, from the top down; each was given to the host
     */
    void with(List<LayerId> line, HostId host, Work work) throws InterruptedException {
        open(line, line.size() - 1, host, Optional.empty(), work);
    }

    private void open(List<LayerId> line, int next, HostId host, Optional<DiskImage> below, Work work)
            throws InterruptedException {
        if (next < 0) {
            work.on(below.orElseThrow());
            return;
        }
        LayerId layer = line.get(next);
        DiskImage bare = DiskImage.at(attach(layer, host), ImageFormat.QCOW2);
        Optional<RecordId<KeyRecord>> key = ground.catalog().inTransaction(transaction -> keyOf(transaction, layer));
        if (key.isEmpty()) {
            open(line, next - 1, host, Optional.of(below.map(bare::laidOver).orElse(bare)), work);
            return;
        }
        try (Secret secret = ground.keys().open(key.get())) {
            DiskImage opened = bare.unlockedBy(secret);
            open(line, next - 1, host, Optional.of(below.map(opened::laidOver).orElse(opened)), work);
        }
    }

    /** Returns the key of a layer, if it is encrypted. */
    static Optional<RecordId<KeyRecord>> keyOf(Transaction transaction, LayerId layer) {
        return transaction.backups().where(BackupRecord.NAME, layer.toString()).stream()
                .findAny()
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .effect(Effect.NOT_APPLIED)
                        .message("the catalog has no layer %s", layer))
                .key();
    }

    static boolean isEncrypted(Transaction transaction, List<LayerId> line) {
        return line.stream().anyMatch(layer -> keyOf(transaction, layer).isPresent());
    }
}
