package io.hvkit.examples.scaleio;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.examples.storage.Platform;
import java.nio.file.Path;
import java.time.InstantSource;

/** Another process of the platform: it moves a volume, and dies on the way. */
public final class FlexMoveProgram {

    private FlexMoveProgram() {}

    /**
     * Moves a volume.
     *
     * @param arguments the address of the catalog, the file of the master keys, the program of PowerFlex's client, the volume and the pool
     */
    public static void main(String[] arguments) throws InterruptedException {
        Platform platform = new Platform(arguments[0], Path.of(arguments[1]));
        try (HvKit hvkit = new FlexPlatform(platform, Path.of(arguments[2])).open(InstantSource.system())) {
            MoveRequest request = MoveRequest.of(new RecordId<>(arguments[3]), new RecordId<>(arguments[4]));
            hvkit.volumes().move(request).await();
        }
    }
}
