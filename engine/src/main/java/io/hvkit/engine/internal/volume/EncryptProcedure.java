package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Encrypts a volume anew where it is, by {@linkplain CopySteps another copy} beside it, under another key. */
public final class EncryptProcedure implements Procedure<RecordId<VolumeRecord>, VolumeRecord> {

    private final Ground ground;
    private final CopySteps steps;

    /** Makes it. */
    public EncryptProcedure(Ground ground) {
        this.ground = ground;
        this.steps = new CopySteps(ground);
    }

    @Override
    public String kind() {
        return "volume.encrypt";
    }

    @Override
    public Facts facts(RecordId<VolumeRecord> volume) {
        return Facts.of("volume", volume);
    }

    @Override
    public RecordId<VolumeRecord> request(Facts facts) {
        return new RecordId<>(facts.text("volume"));
    }

    @Override
    public SortedSet<String> objects(RecordId<VolumeRecord> volume) {
        return new TreeSet<>(Set.of(Ground.object(volume)));
    }

    @Override
    public Facts run(RecordId<VolumeRecord> volume, Run run) throws InterruptedException {
        return steps.run(WantedCopy.encryptedAnew(volume), run);
    }

    @Override
    public VolumeRecord result(RecordId<VolumeRecord> volume, Facts result) throws InterruptedException {
        return ground.volume(volume);
    }
}
