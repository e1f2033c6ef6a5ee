package io.hvkit.storage.spi.chain;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What happens to a graph without a plan. */
final class Facts {

    private final GraphEdit edit;

    private Facts(GraphEdit edit) {
        this.edit = edit;
    }

    static Facts of(ChainGraph graph) {
        return new Facts(new GraphEdit(graph.state()));
    }

    private ChainGraph graph() {
        return new ChainGraph(edit.state());
    }

    ChainGraph volume(VolumeId id, PoolId pool) {
        Optional<ChainVolume> known = edit.volume(id);
        if (known.isEmpty()) {
            edit.put(ChainVolume.blank(id, pool));
        } else if (!known.get().pool().equals(pool) || known.get().life() == ChainVolume.Life.GONE) {
            edit.put(known.get().in(pool));
        }
        return graph();
    }

    ChainGraph volumeGone(VolumeId id) {
        Optional<ChainVolume> known = edit.volume(id);
        if (known.isPresent()) {
            edit.put(known.get().gone());
            if (edit.historyOf(id).all().isEmpty()) {
                edit.removeVolume(id);
            }
        }
        return graph();
    }

    ChainGraph reading(VolumeId volume, LayerId layer) {
        requireReadable(layer);
        edit.put(present(volume).reading(layer));
        return graph();
    }

    ChainGraph released(VolumeId volume, LayerId layer) {
        edit.volume(volume).ifPresent(known -> edit.put(known.releasing(layer)));
        return graph();
    }

    ChainGraph base(VolumeId volume, LayerId layer) {
        requireReadable(layer);
        edit.put(present(volume).standingOn(Optional.of(layer)));
        return graph();
    }

    private ChainVolume present(VolumeId id) {
        return edit.volume(id)
                .filter(volume -> volume.life() == ChainVolume.Life.PRESENT)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("there is no volume %s", id));
    }

    private void requireReadable(LayerId id) {
        Refusals.requireWhole(require(id));
    }

    private Layer require(LayerId id) {
        return edit.layer(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("there is no layer %s", id));
    }

    ChainGraph unusable(LayerId damaged) {
        Deque<LayerId> open = new ArrayDeque<>(Set.of(damaged));
        while (!open.isEmpty()) {
            LayerId id = open.pop();
            Optional<Layer> layer = edit.layer(id).filter(some -> some.state() != Layer.State.DELETING);
            layer.ifPresent(some -> edit.put(some.in(Layer.State.UNUSABLE)));
            layer.ifPresent(some -> edit.linksOf(id).children().keys().forEach(open::push));
        }
        return graph();
    }

    ChainGraph readable(LayerId id) {
        Layer layer = require(id);
        if (layer.state() != Layer.State.UNUSABLE) {
            Refusals.requireWhole(layer);
            return graph();
        }
        Refusals.require(wasWhole(id), Failure.INVALID_REQUEST, "%s never was whole", id);
        layer.parent().ifPresent(below -> Refusals.requireWhole(require(below)));
        edit.put(layer.in(Layer.State.READY));
        return graph();
    }

    /** What was never written to its end has no copy but such as are being made, or failed. */
    private boolean wasWhole(LayerId id) {
        ChainGraph now = graph();
        return Stream.concat(now.snapshotsOn(id).stream(), now.deletedOn(id).stream())
                .flatMap(snapshot -> now.require(snapshot).replicaIn(id.store()).stream())
                .map(Replica::state)
                .anyMatch(state -> state != Replica.State.CREATING && state != Replica.State.FAILED);
    }
}
