package io.hvkit.engine.offering;

import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import java.util.Set;
import java.util.TreeSet;

/**
 * A kind of machine that an operator offers. Immutable.
 *
 * @param name unique among offerings
 * @param cpus how many processors, 1 to 1024
 * @param memory how much memory, in whole MiB
 * @param root whether the bytes of the root disk may lie in the clear
 * @param rootTags all of them must be on the pool of the root disk
 * @param hostTags all of them must be on the host
 */
@Incubating(since = "0.1")
public record ServiceOffering(
        String name, int cpus, ByteSize memory, Protection root, Set<String> rootTags, Set<String> hostTags) {

    private static final int MOST_CPUS = 1024;

    /**
     * Copies the sets, and checks the numbers.
     *
     * @throws IllegalArgumentException if a number is out of its range, or a tag is blank or has a comma
     */
    public ServiceOffering {
        if (cpus < 1 || cpus > MOST_CPUS) {
            throw new IllegalArgumentException("a machine has 1 to " + MOST_CPUS + " processors, not " + cpus);
        }
        if (memory.equals(ByteSize.ZERO) || !memory.isMultipleOf(ByteSize.mebibytes(1))) {
            throw new IllegalArgumentException("a machine has whole MiB of memory, at least one, not " + memory);
        }
        rootTags = Terms.checked(rootTags);
        hostTags = Terms.checked(hostTags);
    }

    /** Returns an offering of machines with a plain root disk, anywhere. */
    public static ServiceOffering named(String name, int cpus, ByteSize memory) {
        return new ServiceOffering(name, cpus, memory, Protection.PLAIN, Set.of(), Set.of());
    }

    /** Returns this offering, of machines whose root disk nobody reads without a key. */
    public ServiceOffering encryptingRoot() {
        return new ServiceOffering(name, cpus, memory, Protection.ENCRYPTED, rootTags, hostTags);
    }

    /** Returns this offering, with the root disk in pools with one more tag. */
    public ServiceOffering rootTagged(String tag) {
        return new ServiceOffering(name, cpus, memory, root, Terms.with(rootTags, tag), hostTags);
    }

    /** Returns this offering, on hosts with one more tag. */
    public ServiceOffering hostTagged(String tag) {
        return new ServiceOffering(name, cpus, memory, root, rootTags, Terms.with(hostTags, tag));
    }

    /**
     * Reads an offering of machines.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is one of volumes
     */
    public static ServiceOffering in(OfferingRecord record) {
        return Terms.readService(record);
    }

    /**
     * Asks for a machine of an offering, on its terms and {@linkplain MachineRequest#by by} it.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is an offering of volumes
     */
    public static MachineRequest machineOf(OfferingRecord offering, String machineName) {
        return in(offering).machine(machineName).by(offering.id());
    }

    /** Asks for a machine on these terms, which is by no offering; {@link #machineOf} asks for one that is. */
    public MachineRequest machine(String machineName) {
        MachineRequest request = MachineRequest.named(machineName).cpus(cpus).memory(memory);
        for (String tag : hostTags) {
            request = request.onHostsTagged(tag);
        }
        return request;
    }

    /**
     * Checks what is asked for against this offering.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it has other processors or another memory, or may run on hosts without a tag
     */
    public void require(MachineRequest request) {
        boolean isSo = request.cpus() == cpus
                && request.memory().equals(memory)
                && request.placing().tags().containsAll(hostTags);
        if (!isSo) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "offering %s has machines with %s processors and %s on hosts tagged %s, and machine %s is to have %s, %s and"
                                    + " %s; ask for what the offering has",
                            name,
                            cpus,
                            memory,
                            new TreeSet<>(hostTags),
                            request.name(),
                            request.cpus(),
                            request.memory(),
                            new TreeSet<>(request.placing().tags()));
        }
    }
}
