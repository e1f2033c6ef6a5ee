package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.PoolId;
import io.hvkit.core.ProgressListener;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Copies one layer of a chain to another store, by a host that has both chains meanwhile; and compares what is read of them. */
final class LayerCopy {

    private static final String MADE = "made";
    private static final String WAY = "way";

    /** How a layer is copied. */
    enum Way {
        /** As it is, byte for byte: it stands on a copy of what it stood on. */
        AS_IT_IS,
        /** With all that it stands on: that is not there. */
        IN_FULL
    }

    private final Ground ground;
    private final LayerFiles files;
    private final SnapshotSource source;
    private final List<LayerId> made;
    private final Way way;
    private final HostId host;

    /**
     * Makes one.
     *
     * @param begun evidence, as {@link #facts} gave it
     */
    LayerCopy(Ground ground, Facts begun, PoolId to, RecordId<HostRecord> host) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.source = SnapshotSource.of(begun);
        this.made = Arrays.stream(begun.text(MADE).split(" ", -1))
                .map(name -> new LayerId(to, name))
                .toList();
        this.way = Way.valueOf(begun.text(WAY));
        this.host = new HostId(host.value());
    }

    /** Adds to the evidence of a source what is made of it: a layer, and what it is to stand on, from the top down. */
    static Facts facts(Facts source, List<LayerId> made, Way way) {
        return source.with("layer", made.get(0).name())
                .with(MADE, made.stream().map(LayerId::name).collect(Collectors.joining(" ")))
                .with(WAY, way);
    }

    /** Gives the host the new layer; others it gets when they are opened. */
    Facts lend() throws InterruptedException {
        return Facts.of("place", files.attach(made.get(0), host));
    }

    /** Takes all from the host. */
    void giveBack() throws InterruptedException {
        for (LayerId layer : made) {
            files.detach(layer, host);
        }
        for (LayerId layer : source.line()) {
            files.detach(layer, host);
        }
    }

    /** Copies it; begins again if it was begun before. */
    Facts copy(ProgressListener listener) throws InterruptedException {
        Images images = images();
        List<LayerId> target = made.subList(0, 1);
        Patience.with(() -> {
            switch (way) {
                case AS_IT_IS ->
                    files.with(
                            source.line().subList(0, 1),
                            host,
                            from -> files.with(target, host, to -> images.copyAsIs(from, to)));
                case IN_FULL ->
                    files.with(
                            source.line(),
                            host,
                            from -> files.with(target, host, to -> images.copy(CopyImage.onto(from, to), listener)));
            }
        });
        return Facts.of("copied", made.get(0));
    }

    /** Reads all of the disk from both chains, to the last byte. */
    Facts compare(ProgressListener listener) throws InterruptedException {
        Images images = images();
        files.with(
                source.line(),
                host,
                from -> files.with(made, host, to -> {
                    if (images.isIncomplete(to) || !images.areEqual(from, to, listener)) {
                        throw DriverException.because(Failure.CORRUPT_DATA)
                                .effect(Effect.NOT_APPLIED)
                                .message(
                                        "layer %s was copied, and what is read there is not snapshot %s",
                                        made.get(0), source.snapshot());
                    }
                }));
        return Facts.of("compared", made.get(0));
    }

    /** Takes all from the host, and says how many bytes the new layer takes. */
    Facts close(RecordId<HostRecord> record) throws InterruptedException {
        long counted = files.counted(made.get(0), record).bytes();
        giveBack();
        return Facts.of("counted", counted);
    }

    private Images images() throws InterruptedException {
        return ground.endPoint(new RecordId<>(host.value())).images();
    }
}
