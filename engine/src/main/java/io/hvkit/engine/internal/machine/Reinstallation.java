package io.hvkit.engine.internal.machine;

import io.hvkit.engine.internal.template.NewVolume;
import io.hvkit.engine.machine.ReinstallRequest.OldRoot;

/**
 * A machine that is to have another root.
 *
 * @param work the machine
 * @param root the volume that is to be made
 * @param oldRoot what becomes of the old one
 */
public record Reinstallation(MachineWork work, NewVolume root, OldRoot oldRoot) {}
