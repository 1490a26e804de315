// How the components of rows are stored, and how they become f32. All of it is inlined with a
// constant `component`, as with the metric in lanes.ts.

export type Component = i32;
export const F32: Component = 0;
/** IEEE 754 half precision. Infinities and NaN, which no vector has, are read as large numbers. */
export const F16: Component = 1;
/** The upper half of an f32. */
export const BF16: Component = 2;
export const INT8: Component = 3;

/** 2^112: what the exponent of a half is short of when its bits are moved to those of an f32. */
const F16_SCALE: f32 = 5192296858534827628530496329220096.0;

/** Four bytes of a query go with `4 >> shiftOf(component)` bytes of a row. */
// @ts-ignore: decorator
@inline
export function shiftOf(component: Component): usize {
  if (component == F32) return 0;
  return component == INT8 ? 2 : 1;
}

// @ts-ignore: decorator
@inline
export function fourComponents(component: Component, at: usize): v128 {
  if (component == F32) return v128.load(at);
  if (component == INT8) {
    return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(at))));
  }
  const bits = v128.load16x4_u(at);
  if (component == BF16) return i32x4.shl(bits, 16);
  const magnitude = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
  return v128.or(f32x4.mul(magnitude, f32x4.splat(F16_SCALE)), sign);
}

// @ts-ignore: decorator
@inline
export function oneComponent(component: Component, at: usize): f32 {
  if (component == F32) return load<f32>(at);
  if (component == INT8) return <f32>load<i8>(at);
  const bits: u32 = load<u16>(at);
  if (component == BF16) return reinterpret<f32>(bits << 16);
  const magnitude = reinterpret<f32>((bits & 0x7fff) << 13) * F16_SCALE;
  return bits & 0x8000 ? -magnitude : magnitude;
}
