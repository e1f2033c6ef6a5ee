package io.hvkit.engine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Secret;
import io.hvkit.engine.volume.ExtractRequest;
import io.hvkit.engine.volume.Extraction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;

/** A process of its own that extracts a volume, until it is killed. */
final class ExtractProgram {

    private ExtractProgram() {}

    /** Arguments: the folder, the volume, what the extraction is asked for under. Says a line when it has begun, and one when it has ended. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        try (HvKit hvkit = PendulumProgram.open(folder);
                Secret given = given()) {
            var job = hvkit.volumes()
                    .under(arguments[2])
                    .extract(
                            request(hvkit, folder, new RecordId<>(arguments[1])).encryptedBy(given));
            System.out.println("begun");
            Extraction unused = job.await();
            System.out.println("ended");
        }
    }

    static ExtractRequest request(HvKit hvkit, Path folder, RecordId<VolumeRecord> volume) throws InterruptedException {
        RecordId<HostRecord> host = hvkit.inventory().hosts().get(0).id();
        return ExtractRequest.of(volume, host, file(folder));
    }

    static Path file(Path folder) {
        return folder.resolve("out").resolve("export.qcow2");
    }

    /** Returns the key that somebody gives: letters, so that a canary of it is worth something. */
    static Secret given() {
        Random random = new Random(6);
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < 48; i++) {
            letters.append((char) ('a' + random.nextInt(26)));
        }
        return Secret.copyOfRandom(letters.toString().getBytes(StandardCharsets.US_ASCII));
    }
}
