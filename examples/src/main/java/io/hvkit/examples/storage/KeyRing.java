package io.hvkit.examples.storage;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Secret;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CryptSetup;
import io.hvkit.testkit.canary.Canary;
import io.hvkit.testkit.canary.Scan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Every key that a volume has had, kept to look for them where they must not be. */
final class KeyRing implements AutoCloseable {

    private final Auditor auditor;
    private final List<Secret> keys = new ArrayList<>();

    KeyRing(Auditor auditor) {
        this.auditor = auditor;
    }

    void addKeyOf(VolumeRecord volume) throws InterruptedException {
        keys.add(auditor.keyOf(volume));
    }

    int size() {
        return keys.size();
    }

    Secret last() {
        return keys.get(keys.size() - 1);
    }

    /** Returns of each key whether it opens a volume. */
    List<Boolean> open(Path volume) throws InterruptedException {
        CryptSetup cryptSetup = CryptSetup.probe(CommandRunner.local());
        List<Boolean> opens = new ArrayList<>();
        for (Secret key : keys) {
            opens.add(cryptSetup.unlocks(volume, key));
        }
        return opens;
    }

    /** Looks for each of them in arguments and environments. */
    Scan scanProcesses() throws InterruptedException {
        try (Canary canary = canary()) {
            return canary.scanProcesses();
        }
    }

    /** Looks for each of them in files. */
    Scan scanFiles(Path folder) throws InterruptedException {
        try (Canary canary = canary()) {
            return canary.scanFiles(folder);
        }
    }

    private Canary canary() {
        return Canary.planted(keys.toArray(Secret[]::new));
    }

    @Override
    public void close() {
        keys.forEach(Secret::close);
    }
}
