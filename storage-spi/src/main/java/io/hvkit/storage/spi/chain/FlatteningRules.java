package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Refusals.require;
import static io.hvkit.storage.spi.chain.Refusals.requireTurn;

import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the steps that write a full layer beside one that stands on others do to a graph. */
final class FlatteningRules {

    private static final Optional<UsageEvent> SILENT = Optional.empty();

    private final GraphEdit edit;

    FlatteningRules(GraphEdit edit) {
        this.edit = edit;
    }

    /** Until it is whole the new layer stands on the old one, which stays so; and it is read by its writer, so nobody collects it. */
    Optional<UsageEvent> beginFlatten(Step.BeginFlatten step) {
        VolumeId writer = step.writer();
        Optional<ChainVolume> known = edit.volume(writer);
        if (known.filter(some -> some.isMadeFrom(step.snapshot())).isPresent()) {
            return SILENT;
        }
        require(
                known.isEmpty(),
                Failure.EXISTS_DIFFERENTLY,
                "there is a volume %s; take another name for the layer",
                writer);
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        requireTurn(snapshot.isPublished(), snapshot, "be flattened");
        Refusals.requireSource(edit, snapshot, step.from());
        Refusals.requireFree(edit, step.layer());
        edit.put(new Layer(step.layer(), Optional.of(step.from()), Layer.State.WRITING));
        edit.put(ChainVolume.blank(writer, step.layer().store())
                .madeFrom(snapshot.id())
                .reading(step.layer()));
        return SILENT;
    }

    /** The old layer stays as long as its writer is not let go: others may be in the midst of reading it. */
    Optional<UsageEvent> flatten(Step.Flatten step) {
        LogicalSnapshot snapshot = Refusals.snapshot(edit, step.snapshot());
        if (Refusals.isHeld(snapshot, step.layer())) {
            return SILENT;
        }
        Refusals.requireSource(edit, snapshot, step.from());
        ChainVolume writer = Refusals.present(edit.volume(step.writer()), step.writer());
        require(
                writer.isMadeFrom(snapshot.id()) && writer.isReading(step.layer()),
                Failure.INVALID_REQUEST,
                "%s is not written by %s",
                step.layer(),
                writer.id());
        edit.put(Refusals.written(edit, step.layer()).in(Layer.State.READY).onto(Optional.empty()));
        edit.put(snapshot.with(new Replica(step.layer(), Replica.State.READY)));
        edit.put(writer.releasing(step.layer()).reading(step.from()));
        if (edit.linksOf(step.from()).live().isEmpty()) {
            moveChildren(step);
        }
        return SILENT;
    }

    /** Unless another snapshot keeps the old layer anyway, nobody else shall need it. */
    private void moveChildren(Step.Flatten step) {
        List<LayerId> children =
                new ArrayList<>(edit.linksOf(step.from()).children().keys());
        for (LayerId child : children) {
            edit.put(Refusals.layer(edit, child).onto(Optional.of(step.layer())));
        }
    }
}
