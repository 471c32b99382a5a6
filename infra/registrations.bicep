// The ids of the two registrations, which the preprovision hook makes: an empty one ends the deployment before anything is made.
targetScope = 'subscription'

@description('SSPR_CLIENT_ID in azd\'s environment, by register_apps.py apps --azd.')
@minLength(1)
param clientId string

@description('SSPR_SIGN_IN_CLIENT_ID in azd\'s environment, by register_apps.py apps --azd.')
@minLength(1)
param signInClientId string

output clientId string = clientId
output signInClientId string = signInClientId
