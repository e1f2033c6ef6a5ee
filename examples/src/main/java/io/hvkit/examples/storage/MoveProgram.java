package io.hvkit.examples.storage;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.volume.MoveRequest;
import java.nio.file.Path;
import java.time.InstantSource;

/** Another process of the platform: it moves a volume, and dies on the way. */
public final class MoveProgram {

    private MoveProgram() {}

    /**
     * Moves a volume.
     *
     * @param arguments the address of the catalog, the file of the master keys, the volume and the pool
     */
    public static void main(String[] arguments) throws InterruptedException {
        Platform platform = new Platform(arguments[0], Path.of(arguments[1]));
        RecordId<VolumeRecord> volume = new RecordId<>(arguments[2]);
        RecordId<PoolRecord> pool = new RecordId<>(arguments[3]);
        try (HvKit hvkit = platform.open(InstantSource.system())) {
            // tag::move[]
            hvkit.volumes().move(MoveRequest.of(volume, pool)).await();
            // end::move[]
        }
    }
}
