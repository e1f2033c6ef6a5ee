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
public final class KeyRing implements AutoCloseable {

    private final Auditor auditor;
    private final List<Secret> keys = new ArrayList<>();

    public KeyRing(Auditor auditor) {
        this.auditor = auditor;
    }

    /** Adds the key that a volume has now. */
    public void addKeyOf(VolumeRecord volume) throws InterruptedException {
        keys.add(auditor.keyOf(volume));
    }

    /** Adds another secret that must be nowhere either; it is closed with this. */
    public void add(Secret secret) {
        keys.add(secret);
    }

    /** Returns how many it has had. */
    public int size() {
        return keys.size();
    }

    /** Returns the one that was added last. */
    public Secret last() {
        return keys.get(keys.size() - 1);
    }

    /** Returns of each key whether it opens a volume. */
    public List<Boolean> open(Path volume) throws InterruptedException {
        CryptSetup cryptSetup = CryptSetup.probe(CommandRunner.local());
        List<Boolean> opens = new ArrayList<>();
        for (Secret key : keys) {
            opens.add(cryptSetup.unlocks(volume, key));
        }
        return opens;
    }

    /** Looks for each of them in arguments and environments. */
    public Scan scanProcesses() throws InterruptedException {
        try (Canary canary = canary()) {
            return canary.scanProcesses();
        }
    }

    /** Looks for each of them in files. */
    public Scan scanFiles(Path folder) throws InterruptedException {
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
