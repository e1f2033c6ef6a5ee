package io.hvkit.examples.engine;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.usage.Resource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is counted for an account that has everything, beside what the inventory has.
 *
 * @param counted what is counted
 * @param there what there is
 */
record Books(Amounts counted, Map<Resource, Long> there) {

    private static final int MOST = 100;
    private static final Set<Resource> BYTES =
            EnumSet.of(Resource.PRIMARY_STORAGE, Resource.SECONDARY_STORAGE, Resource.MEMORY);

    /** Adds up what the inventory has, thing by thing. */
    static Books of(Amounts counted, HvKit hvkit) throws InterruptedException {
        Map<Resource, Long> there = new EnumMap<>(Resource.class);
        for (Resource resource : Resource.values()) {
            there.put(resource, 0L);
        }
        for (VolumeRecord volume : hvkit.volumes().page(Optional.empty(), MOST)) {
            there.merge(Resource.VOLUMES, 1L, Long::sum);
            there.merge(Resource.PRIMARY_STORAGE, volume.size().bytes(), Long::sum);
        }
        for (MachineRecord machine : hvkit.machines().page(Optional.empty(), MOST)) {
            there.merge(Resource.MACHINES, 1L, Long::sum);
            there.merge(Resource.CPUS, (long) machine.needs().cpus(), Long::sum);
            there.merge(Resource.MEMORY, machine.needs().memory().bytes(), Long::sum);
        }
        for (TemplateRecord template : hvkit.templates().page(Optional.empty(), MOST)) {
            long size = template.content().size().orElse(ByteSize.ZERO).bytes();
            there.merge(Resource.TEMPLATES, 1L, Long::sum);
            there.merge(
                    Resource.SECONDARY_STORAGE,
                    size * hvkit.templates().copies(template.id()).size(),
                    Long::sum);
        }
        return new Books(counted, there);
    }

    boolean agree() {
        return there.entrySet().stream()
                .allMatch(entry -> entry.getValue() == counted.of(entry.getKey().setting()));
    }

    /** Returns a line for each resource, both figures in it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(line("resource", "counted", "there is"));
        there.forEach((resource, amount) -> text.append(
                line(resource.setting(), words(resource, counted.of(resource.setting())), words(resource, amount))));
        return text.toString();
    }

    private static String line(String what, String counted, String there) {
        return String.format(Locale.ROOT, "%-18s %10s %10s%n", what, counted, there);
    }

    private static String words(Resource resource, long amount) {
        return BYTES.contains(resource) ? ByteSize.bytes(amount).toString() : Long.toString(amount);
    }
}
