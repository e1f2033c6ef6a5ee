package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the layers of a copy, each alone and with its own key, by a host: so a copy that is damaged is known before anything is made of it.
 * What a disk holds is not read.
 */
final class CopyProbe {

    private static final Logger LOG = LoggerFactory.getLogger(CopyProbe.class);
    private static final Set<Failure> DAMAGE =
            Set.of(Failure.CORRUPT_DATA, Failure.BAD_CREDENTIALS, Failure.NOT_FOUND, Failure.INVALID_REQUEST);

    private final Ground ground;
    private final LayerFiles files;

    CopyProbe(Ground ground) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
    }

    /** Chooses a host that can open all of these copies; returns nothing if there is none, or but one copy: there is no choice then. */
    Facts reader(List<List<LayerId>> lines) throws InterruptedException {
        if (lines.size() < 2) {
            return Facts.NONE;
        }
        EndPointQuery query =
                ground.workIn(LayerFiles.poolOf(lines.get(0).get(0))).needing(HostFeature.QEMU_IMG);
        boolean isEncrypted = false;
        for (List<LayerId> line : lines) {
            query = query.reaching(line.get(0).store());
            isEncrypted |= ground.catalog().inTransaction(transaction -> LayerFiles.isEncrypted(transaction, line));
        }
        query = isEncrypted ? query.needing(HostFeature.VOLUME_ENCRYPTION) : query;
        try {
            return Facts.of("reader", ground.choose(query, "look at the copies of a snapshot"));
        } catch (DriverException e) {
            LOG.warn("no host can look at all copies of a snapshot, so the best one is believed to be whole", e);
            return Facts.NONE;
        }
    }

    static Optional<RecordId<HostRecord>> host(Facts reader) {
        return reader.find("reader").map(RecordId::new);
    }

    /**
     * Returns what is wrong with a copy, if its host sees that something is.
     *
     * @param line its layer and all that this stands on, from the top down
     */
    Optional<DriverException> damage(List<LayerId> line, RecordId<HostRecord> host) throws InterruptedException {
        try {
            for (LayerId layer : line) {
                open(layer, host);
            }
            return Optional.empty();
        } catch (DriverException e) {
            if (isDamage(e)) {
                return Optional.of(e);
            }
            LOG.warn("host {} cannot tell whether layers {} are whole", host, line, e);
            return Optional.empty();
        }
    }

    /** Returns whether a failure tells of something that is damaged or lost, and not of somebody who does not answer. */
    static boolean isDamage(DriverException e) {
        return DAMAGE.contains(e.failure());
    }

    private void open(LayerId layer, RecordId<HostRecord> host) throws InterruptedException {
        Images images = ground.endPoint(host).images();
        HostId id = new HostId(host.value());
        try {
            files.with(List.of(layer), id, image -> {
                if (images.isIncomplete(image)) {
                    throw DriverException.because(Failure.CORRUPT_DATA)
                            .effect(Effect.NOT_APPLIED)
                            .message("layer %s was never written to its end", layer);
                }
            });
        } finally {
            giveBack(layer, id);
        }
    }

    /** Takes from a host what a process that died may have left to it. */
    void giveBack(List<List<LayerId>> lines, RecordId<HostRecord> host) throws InterruptedException {
        for (List<LayerId> line : lines) {
            for (LayerId layer : line) {
                giveBack(layer, new HostId(host.value()));
            }
        }
    }

    private void giveBack(LayerId layer, HostId host) throws InterruptedException {
        try {
            files.detach(layer, host);
        } catch (DriverException e) {
            LOG.warn(
                    "layer {} cannot be taken from host {} now, and is not removed as long as that has it",
                    layer,
                    host,
                    e);
        }
    }
}
