export function killEverythingNow(): void {}
