package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.volume.MoveRequest;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Brings a volume to another pool, by {@linkplain CopySteps another copy} there or by {@linkplain ArrayMove its storage system}. */
public final class MoveProcedure implements Procedure<MoveRequest, VolumeRecord> {

    private final Ground ground;
    private final CopySteps steps;

    /** Makes it. */
    public MoveProcedure(Ground ground) {
        this.ground = ground;
        this.steps = new CopySteps(ground);
    }

    @Override
    public String kind() {
        return "volume.move";
    }

    @Override
    public Facts facts(MoveRequest request) {
        return Facts.of("volume", request.volume())
                .with("pool", request.pool())
                .with("format", request.format())
                .with("protection", request.protection())
                .with("way", request.way())
                .with("bandwidth", request.bandwidth().map(ByteSize::bytes));
    }

    @Override
    public MoveRequest request(Facts facts) {
        return new MoveRequest(
                new RecordId<>(facts.text("volume")),
                new RecordId<>(facts.text("pool")),
                facts.find("format").map(ImageFormat::valueOf),
                MoveRequest.Protection.valueOf(facts.text("protection")),
                facts.find("way").map(MoveRequest.Way::valueOf).orElse(MoveRequest.Way.COPIED),
                facts.find("bandwidth").map(Long::parseLong).map(ByteSize::bytes));
    }

    @Override
    public SortedSet<String> objects(MoveRequest request) {
        return new TreeSet<>(Set.of(Ground.object(request.volume())));
    }

    @Override
    public Facts run(MoveRequest request, Run run) throws InterruptedException {
        return steps.run(WantedCopy.of(request), run);
    }

    @Override
    public VolumeRecord result(MoveRequest request, Facts result) throws InterruptedException {
        return ground.volume(request.volume());
    }
}
