package io.hvkit.examples.engine;

import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Secret;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.examples.storage.Auditor;
import io.hvkit.examples.storage.KeyRing;
import io.hvkit.examples.storage.KeySearch;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.canary.Scan;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is looked at past the engine: the bytes in directories, and every place where a key could have been left. */
final class Evidence implements AutoCloseable {

    private final Cloud cloud;
    private final Auditor auditor;
    private final KeyRing keys;

    private Evidence(Cloud cloud, Auditor auditor) {
        this.cloud = cloud;
        this.auditor = auditor;
        this.keys = new KeyRing(auditor);
    }

    static Evidence of(Cloud cloud) throws InterruptedException {
        return new Evidence(cloud, Auditor.of(cloud.platform()));
    }

    /** Returns somebody with the catalog and the master keys, and no engine. */
    Auditor auditor() {
        return auditor;
    }

    /** Remembers a key, to look for it where it must not be. */
    void remember(RecordId<KeyRecord> key) throws InterruptedException {
        keys.add(auditor.open(key));
    }

    /** Returns whether a volume, read with its key and without its engine, begins with the image of the web server. */
    boolean beginsWithTheImage(VolumeRecord volume, PoolRecord pool) throws InterruptedException, IOException {
        Path plain = decrypted(cloud.file(pool, volume.place()), volume.key().orElseThrow());
        try {
            byte[] image = cloud.image();
            return Arrays.equals(image, Arrays.copyOf(Files.readAllBytes(plain), image.length));
        } finally {
            Files.delete(plain);
        }
    }

    /** Returns what of the records that the guest saw acknowledged is in a volume or template. */
    RecordCheck recordsIn(PoolRecord pool, VolumeRecord.Place place, RecordId<KeyRecord> key)
            throws InterruptedException, IOException {
        Path plain = decrypted(cloud.file(pool, place), key);
        try {
            return RecordCheck.of(cloud.console(), plain);
        } finally {
            Files.delete(plain);
        }
    }

    private Path decrypted(Path file, RecordId<KeyRecord> id) throws InterruptedException {
        Path plain = cloud.scratch();
        try (Secret key = auditor.open(id)) {
            QemuImg.probe(CommandRunner.local())
                    .convert(ConvertRequest.of(Image.luks(file).unlockedBy(key), Image.raw(plain))
                            .intoPlaintext());
        }
        return plain;
    }

    /** Returns what is found of any key in arguments and environments of processes; all of the hosts' must be seen, or it would prove nothing. */
    Scan inProcesses() throws InterruptedException {
        Scan scan = keys.scanProcesses();
        List<Long> processes = new ArrayList<>(cloud.node1().processes());
        processes.addAll(cloud.node2().processes());
        KeySearch.requireLookedInto(scan, processes);
        return scan;
    }

    /** Looks for each key in all files, those of the catalog and the log too. */
    void proveNoKey(ProofTable proofs, Scan running, List<Path> places) throws InterruptedException {
        Scan scan = running;
        for (Path place : places) {
            scan = scan.and(keys.scanFiles(place));
        }
        KeySearch.prove(proofs, scan, keys.size());
    }

    @Override
    public void close() {
        keys.close();
        auditor.close();
    }
}
