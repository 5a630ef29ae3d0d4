// Constants of activations, four lanes alike, as globals that the compiler has to take for variables, as constants.ts has those of the
// effects: as immediates they would be built anew in every round of a loop. AssemblyScript.
export let N_BOUND: v128 = f32x4.splat(8);
export let N_MINUS_BOUND: v128 = f32x4.splat(-8);
export let N_HALF: v128 = f32x4.splat(0.5);
export let N_ONE: v128 = f32x4.splat(1);
/** Of x in tanh x = x·(T0 + T1·x² + …) / (1 + U1·x² + …). */
export let T0: v128 = f32x4.splat(0.999999362);
export let T1: v128 = f32x4.splat(0.129136441);
export let T2: v128 = f32x4.splat(0.00293883066);
export let T3: v128 = f32x4.splat(1.13102534e-05);
export let U1: v128 = f32x4.splat(0.462467429);
export let U2: v128 = f32x4.splat(0.0237638395);
export let U3: v128 = f32x4.splat(0.000237028874);
export let U4: v128 = f32x4.splat(2.42385031e-07);

/** Never called. */
export function forgetNets(x: f32): void {
  const nothing = f32x4.splat(x);
  N_BOUND = nothing;
  N_MINUS_BOUND = nothing;
  N_HALF = nothing;
  N_ONE = nothing;
  T0 = nothing;
  T1 = nothing;
  T2 = nothing;
  T3 = nothing;
  U1 = nothing;
  U2 = nothing;
  U3 = nothing;
  U4 = nothing;
}
